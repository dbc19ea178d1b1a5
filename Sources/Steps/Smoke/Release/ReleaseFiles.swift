internal import HTTP
internal import PipelineKit
internal import Releases
internal import SystemPackage
internal import TextCoding

/// How much of a release is checked.
enum ReleaseCoverage: String, OptionChoice {
    case sample, all
    case nothing = "none"
}

/// The files of a release, in the store that has it.
struct ReleaseFiles: Sendable {
    var store: StoreURL
    var version: ReleaseVersion
    /// Files that are not looked at, by key.
    var exclude: [Glob] = []
    var sampleSize: Int
    var types: TypeRule
    var sender: Sender

    /// What another content type than the manifest's means.
    enum TypeRule: Hashable, Sendable {
        /// It fails the check.
        case required
        /// It is only told.
        case told
        /// It fails the check if a browser would do something else with the file, and is told otherwise.
        case toldUnlessContradicted
        /// Nothing.
        case ignored
    }

    /// The checks of the release's files, if the step says `manifest`.
    ///
    /// - Parameter base: the files are served below it.
    /// - Throws: `StepError` `no-release` if the store has no complete release of this version.
    func checks(_ coverage: ReleaseCoverage, below base: HTTPURL, in context: StepContext) async throws -> ReleaseChecks
    {
        let store = try await store.open(in: context)
        guard let path = try await store.manifest(of: version, in: context.folder) else {
            throw StepError(
                "no-release", "the store has no complete release `\(version)` whose files could be checked",
                help: "put the `sync` step before this one, or correct `version`")
        }
        let before = try await store.releaseToReuse(for: version, in: context.folder)?.manifest
        let checks = try coverage == .all ? all(path, before, below: base) : sample(path, before, below: base, context)
        guard checks.count > 0 || exclude.isEmpty else {
            throw StepError(
                "nothing-to-check", "`exclude` leaves no file of release `\(version)` to check",
                help: "remove a pattern from it, or set `manifest: none`")
        }
        return checks
    }

    private func all(_ manifest: FilePath, _ before: FilePath?, below base: HTTPURL) throws -> ReleaseChecks {
        var count = 0
        let reader = try ServedFiles(manifest, except: exclude)
        while try reader.next() != nil { count += 1 }
        let again = try ServedFiles(manifest, except: exclude)
        let old = try before.map { try SortedLookup(ServedFiles($0).next) }
        return ReleaseChecks(count: count) {
            guard let entry = try again.next() else { return nil }
            return try check(ReleaseFile(entry: entry, earlier: old?.element(entry.key)), below: base)
        }
    }

    private func sample(
        _ manifest: FilePath, _ before: FilePath?, below base: HTTPURL, _ context: StepContext
    ) throws -> ReleaseChecks {
        let files = try sample(sampleSize, of: manifest, before: before, random: context.random) { _ in true }
        var rest = files.makeIterator()
        return ReleaseChecks(count: files.count) { try rest.next().map { try check($0, below: base) } }
    }

    /// - Parameters:
    ///   - manifest: of the release.
    ///   - before: of the release before.
    ///   - isWanted: called for each file, in the order of the keys' bytes.
    func sample(
        _ size: Int, of manifest: FilePath, before: FilePath?, random: RandomSource,
        where isWanted: (ManifestEntry) -> Bool
    ) throws -> [ReleaseFile] {
        let reader = try ServedFiles(manifest, except: exclude)
        let old = try before.map { try SortedLookup(ServedFiles($0).next) }
        return try ReleaseSample.take(
            size, random: random,
            from: {
                while let entry = try reader.next() {
                    if isWanted(entry) { return entry }
                }
                return nil
            }, before: old)
    }

    /// What a server can know of the file. In a folder, one that was compressed already is a file like any other.
    func served(_ entry: ManifestEntry) -> ManifestEntry {
        guard store.isFolder, entry.original == nil else { return entry }
        var entry = entry
        entry.contentEncoding = nil
        return entry
    }

    func check(_ file: ReleaseFile, below base: HTTPURL) throws -> Check {
        let entry = served(file.entry)
        var sender = sender
        let size = max(entry.size, entry.original?.size ?? 0)
        // A large file takes long over a slow line.
        sender.limitsPauses = true
        let folder = base.target.prefix { $0 != "?" }
        let path = folder + (folder.hasSuffix("/") ? "" : "/") + PercentEncoding.urlPath.encode(entry.key)
        var check = Check(
            url: try base.with(target: path), sender: sender, expectations: [.status(.ok), .content(of: entry)])
        check.earlier = file.earlier
        check.maximumBodyBytes = max(Check.standardLimit, size)
        // Web servers are told to refuse such files. In a bucket, a file that is refused is not there.
        check.mayBeRefused = store.isFolder && entry.isHidden
        let type = Expectation.contentType(entry.contentType)
        switch file.entry.isTyped(byServerOf: store) ? types : .ignored {
        case .required: check.expectations.append(type)
        case .told: check.advice = [type]
        case .toldUnlessContradicted:
            check.expectations.append(.plausibleType(entry.contentType))
            check.advice = [type]
        case .ignored: break
        }
        return check
    }
}

/// A file of a release, beside the same of the release before.
struct ReleaseFile: Sendable {
    var entry: ManifestEntry
    /// Nil if the release before has no such file, or is not known.
    var earlier: ManifestEntry?

    var key: String { entry.key }
}

/// Yields one check per file. It belongs to the task that made it.
final class ReleaseChecks {
    let count: Int
    let next: () throws -> Check?

    init(count: Int, _ next: @escaping () throws -> Check?) {
        self.count = count
        self.next = next
    }
}

/// The entries of a manifest that are files. Redirects are left out: they answer with another status, and only if the
/// bucket is served as a website.
private final class ServedFiles {
    private let manifest: Manifest.Reader
    private let exclude: [Glob]

    init(_ path: FilePath, except exclude: [Glob] = []) throws {
        manifest = try Manifest.Reader(path)
        self.exclude = exclude
    }

    func next() throws -> ManifestEntry? {
        while let entry = try manifest.next() {
            if entry.redirect == nil, !exclude.matchAny(entry.key) { return entry }
        }
        return nil
    }
}

extension ManifestEntry {
    /// False if nobody expects a web server to tell the manifest's type: the runner does not know one, or the file is the
    /// compressed form of another one in a folder.
    fileprivate func isTyped(byServerOf store: StoreURL) -> Bool {
        contentType != "application/octet-stream" && !(store.isFolder && contentEncoding != nil && original == nil)
    }

    /// True if the name of the file, or of a folder above it, begins with a dot. What is below `.well-known` is there
    /// to be asked for.
    var isHidden: Bool { key.split(separator: "/").contains { $0.hasPrefix(".") && $0 != ".well-known" } }

    /// The SHA-256 of the decoded page, however it is stored or sent; nil if only its encoded form is known.
    var ownSHA256: String? { original?.sha256 ?? (contentEncoding == nil ? sha256 : nil) }

    /// The same page may come as it is stored, compressed by the server, or decoded.
    func mismatch(in answer: Answer) -> Mismatch? {
        let encoded = answer.isAsSent ? answer.sha256 : answer.encodedSHA256
        guard answer.sha256 != ownSHA256, encoded != sha256 else { return nil }
        return Mismatch(described, "\(answer.sha256) of \(answer.shownSize)")
    }

    /// The file, in words that follow "expected …".
    var described: String {
        "the \(original?.size ?? size) bytes of the release, SHA-256 \(ownSHA256 ?? sha256)"
    }
}
