public import PipelineKit

/// The first line of a manifest: what the release is and where it came from.
public struct ManifestHeader: Hashable, Sendable {
    /// The format that this runner writes, and the newest that it reads.
    public static let currentFormat = 1

    public var format = Self.currentFormat
    public var version: ReleaseVersion
    /// The git commit that the site was built from, if it is known.
    public var commit: String?
    /// The committer's date of that commit; ISO 8601, UTC.
    public var committedAt: String?
    /// ISO 8601, UTC.
    public var createdAt: String
    public var runID: String
    public var origin: RunOrigin
    /// Of the runner that wrote it.
    public var runnerVersion: String
    /// True if another tool has made the release, and may write there again.
    public var adopted: Bool

    public init(
        version: ReleaseVersion, commit: String?, committedAt: String? = nil, createdAt: String, runID: String,
        origin: RunOrigin, runnerVersion: String, adopted: Bool = false
    ) {
        self.version = version
        self.commit = commit
        self.committedAt = committedAt
        self.createdAt = createdAt
        self.runID = runID
        self.origin = origin
        self.runnerVersion = runnerVersion
        self.adopted = adopted
    }

    var line: [UInt8] {
        var line = JSONLine()
        line.add("format", format)
        line.add("version", version.name)
        line.add("commit", commit)
        line.add("committed-at", committedAt)
        line.add("created-at", createdAt)
        line.add("run", runID)
        line.add("by", origin.person)
        line.add("job", origin.jobURL)
        line.add("runner", runnerVersion)
        if adopted { line.add("adopted", adopted) }
        return line.finish()
    }

    /// What a header of any format says about itself: the format, and the runner that wrote it.
    static func form(of line: [UInt8]) throws -> (format: Int?, runner: String?) {
        var form: (format: Int?, runner: String?)
        try JSONScanner.object(line) { name, scanner in
            switch name {
            case "format": form.format = try scanner.integer()
            case "runner": form.runner = try scanner.text()
            default: try scanner.skip()
            }
        }
        return form
    }

    init(line: [UInt8]) throws {
        var texts: [String: String] = [:]
        var format: Int?
        var adopted = false
        try JSONScanner.object(line) { name, scanner in
            switch name {
            case "format": format = try scanner.integer()
            case "adopted": adopted = try scanner.bool()
            case "version", "commit", "committed-at", "created-at", "run", "by", "job", "runner":
                texts[name] = try scanner.text()
            default: try scanner.skip()
            }
        }
        guard let format, let version = texts["version"], let createdAt = texts["created-at"], let run = texts["run"]
        else { throw MissingField(names: "format, version, created-at and run") }
        self.init(
            version: try ReleaseVersion(version), commit: texts["commit"], committedAt: texts["committed-at"],
            createdAt: createdAt, runID: run, origin: RunOrigin(person: texts["by"], jobURL: texts["job"]),
            runnerVersion: texts["runner"] ?? "", adopted: adopted)
        self.format = format
    }
}
