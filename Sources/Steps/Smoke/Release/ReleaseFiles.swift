internal import HTTP
internal import PipelineKit
internal import Releases
internal import SystemPackage

/// How much of a release is checked.
enum ReleaseCoverage: String, OptionChoice {
    case sample, all
}

/// The files of a release that are checked, where they are served.
struct ReleaseFiles: Sendable {
    /// The release's files are served below it.
    var base: HTTPURL
    var store: StoreURL
    var version: ReleaseVersion
    var coverage: ReleaseCoverage
    var sampleSize: Int
    var comparesTypes: Bool
    var sender: Sender

    /// - Throws: `StepError` `no-release` where the store has no complete release of this version.
    func checks(in context: StepContext) async throws -> ReleaseChecks {
        let path = try await store.open(in: context).manifest(of: version, in: context.folder)
        guard let path else {
            throw StepError(
                "no-release", "the store has no complete release `\(version)` whose files could be checked",
                help: "put the `sync` step before this one, or correct `version`")
        }
        let reader = try ServedFiles(path)
        switch coverage {
        case .sample:
            let entries = try ReleaseSample.take(sampleSize, random: context.random, from: { try reader.next() })
            var rest = entries.makeIterator()
            return ReleaseChecks(count: entries.count, files: self) { rest.next() }
        case .all:
            var count = 0
            while try reader.next() != nil { count += 1 }
            let again = try ServedFiles(path)
            return ReleaseChecks(count: count, files: self) { try again.next() }
        }
    }

    func check(_ entry: ManifestEntry) throws -> Check {
        var sender = sender
        let size = max(entry.size, entry.original?.size ?? 0)
        // A large file takes its time: a mebibyte a second is slow enough to be broken.
        sender.timeout += .seconds(size >> 20)
        var expectations: [Expectation] = [.status(.ok), .content(of: entry)]
        if comparesTypes { expectations.append(.contentType(entry.contentType)) }
        let folder = base.target.prefix { $0 != "?" }
        let path = folder + (folder.hasSuffix("/") ? "" : "/") + PercentEncoding.encode(path: entry.key)
        var check = Check(url: try base.with(target: path), sender: sender, expectations: expectations)
        check.maximumBodyBytes = max(Check.standardLimit, size)
        return check
    }
}

/// Yields one check a file. It belongs to the task that made it.
final class ReleaseChecks {
    let count: Int
    private let files: ReleaseFiles
    private let nextEntry: () throws -> ManifestEntry?

    init(count: Int, files: ReleaseFiles, _ nextEntry: @escaping () throws -> ManifestEntry?) {
        self.count = count
        self.files = files
        self.nextEntry = nextEntry
    }

    func next() throws -> Check? {
        try nextEntry().map { try files.check($0) }
    }
}

/// The entries of a manifest that are files: a redirect answers with another status, and only where the bucket is
/// served as a website.
private final class ServedFiles {
    private let manifest: Manifest.Reader

    init(_ path: FilePath) throws {
        manifest = try Manifest.Reader(path)
    }

    func next() throws -> ManifestEntry? {
        while let entry = try manifest.next() {
            if entry.redirect == nil { return entry }
        }
        return nil
    }
}

extension ManifestEntry {
    /// Of the page, whatever it is stored or sent as; nil if only its encoded form is known.
    var ownSHA256: String? { original?.sha256 ?? (contentEncoding == nil ? sha256 : nil) }

    /// The same page may come as it is stored, compressed by the server, or as it is.
    func mismatch(in answer: Answer) -> Mismatch? {
        let encoded = answer.isAsSent ? answer.sha256 : answer.encodedSHA256
        guard answer.sha256 != ownSHA256, encoded != sha256 else { return nil }
        return Mismatch(
            "the \(original?.size ?? size) bytes of the release, SHA-256 \(ownSHA256 ?? sha256)",
            "\(answer.sha256) of \(answer.shownSize)")
    }
}
