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
    var sampleSize: Int
    var comparesTypes: Bool
    var sender: Sender

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
        guard coverage == .all else {
            let entries = try await sample(path, of: store, in: context)
            var rest = entries.makeIterator()
            return ReleaseChecks(count: entries.count) { try rest.next().map { try check($0, below: base) } }
        }
        var count = 0
        let reader = try ServedFiles(path)
        while try reader.next() != nil { count += 1 }
        let again = try ServedFiles(path)
        return ReleaseChecks(count: count) { try again.next().map { try check($0, below: base) } }
    }

    private func sample(
        _ manifest: FilePath, of store: any ReleaseStore, in context: StepContext
    ) async throws -> [ManifestEntry] {
        let before = try await store.releaseToReuse(for: version, in: context.folder)?.manifest
        return try sample(sampleSize, of: manifest, before: before, random: context.random) { _ in true }
    }

    /// - Parameters:
    ///   - manifest: of the release.
    ///   - before: of the release before.
    ///   - isWanted: called for each file, in the order of the keys' bytes.
    func sample(
        _ size: Int, of manifest: FilePath, before: FilePath?, random: RandomSource,
        where isWanted: (ManifestEntry) -> Bool
    ) throws -> [ManifestEntry] {
        let reader = try ServedFiles(manifest)
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

    func check(_ entry: ManifestEntry, below base: HTTPURL) throws -> Check {
        var sender = sender
        let size = max(entry.size, entry.original?.size ?? 0)
        // A large file takes time: less than a mebibyte a second counts as broken.
        sender.timeout += .seconds(size >> 20)
        var expectations: [Expectation] = [.status(.ok), .content(of: entry)]
        if comparesTypes { expectations.append(.contentType(entry.contentType)) }
        let folder = base.target.prefix { $0 != "?" }
        let path = folder + (folder.hasSuffix("/") ? "" : "/") + PercentEncoding.urlPath.encode(entry.key)
        var check = Check(url: try base.with(target: path), sender: sender, expectations: expectations)
        check.maximumBodyBytes = max(Check.standardLimit, size)
        return check
    }
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
