internal import HTTP
internal import Logging
internal import PipelineKit
internal import Releases

/// Shows that visitors get a release, for a step that says no more than one page of it.
///
/// Nobody has asked for it, so it must not fail for how a server is set up: redirects to clean URLs are followed, any
/// status will do if the bytes are right, and in a folder store types are the server's to say.
struct ReleaseProof: Sendable {
    let page: HTTPURL
    let files: ReleaseFiles
    /// Whether another type than the manifest's is told and does not fail.
    let typesAreAdvice: Bool
    /// Whether the file says how many files are a sample.
    let sizeIsGiven: Bool

    /// What is asked for.
    struct Sample: Sendable {
        let entries: [ManifestEntry]
        /// Where the files may be, the likeliest first.
        let bases: [HTTPURL]
    }

    /// - Returns: nil where the release is not there yet, or not live yet: the step may stand before the switch.
    func sample(in context: StepContext) async throws -> Sample? {
        let store = try await files.store.open(in: context)
        guard let manifest = try await store.manifest(of: files.version, in: context.folder) else {
            context.logger.info("the store has no release \(files.version) yet, so the page alone is checked")
            return nil
        }
        guard try await store.isOnRecordAsLive(files.version) != false else {
            context.logger.info("release \(files.version) is not live yet, so the page alone is checked")
            return nil
        }
        let before = try await store.releaseToReuse(for: files.version, in: context.folder)?.manifest
        let isCloser = before == nil && !sizeIsGiven
        var base = ReleaseBase(of: page)
        var entries = try files.sample(
            isCloser ? Self.firstSize : files.sampleSize, of: manifest, before: before, random: context.random
        ) { entry in
            base.note(entry.key)
            return entry.isServedByAnyServer
        }
        if isCloser { entries = Self.affordable(entries) }
        return Sample(entries: entries, bases: try base.candidates())
    }

    /// Of the first release in a store nobody knows which files are new: a few at random would say little about a site of
    /// which the server has an earlier state, from another store.
    private static let firstSize = 1_000
    private static let firstBytes = 64 << 20

    /// Texts first, since they change most.
    static func affordable(_ entries: [ManifestEntry]) -> [ManifestEntry] {
        var left = firstBytes
        var keys: Set<String> = []
        for entry in entries.filter(\.isText) + entries.filter({ !$0.isText }) where entry.size <= left {
            left -= entry.size
            keys.insert(entry.key)
        }
        return entries.filter { keys.contains($0.key) }
    }

    /// Asks for the sample where the release may be, one place after the other.
    ///
    /// - Returns: how it went where it went well, else where it is likeliest.
    func tally(_ sample: Sample, by runner: CheckRunner, after done: Int) async throws -> (base: HTTPURL, Tally)? {
        var likeliest: (HTTPURL, Tally)?
        for base in sample.bases {
            var rest = sample.entries.makeIterator()
            let tally = try await runner.run(total: done + sample.entries.count, after: done) {
                try rest.next().map { try check($0, below: base) }
            }
            if tally.failed == 0 { return (base, tally) }
            likeliest = likeliest ?? (base, tally)
        }
        return likeliest
    }

    private func check(_ entry: ManifestEntry, below base: HTTPURL) throws -> Check {
        var check = try files.check(entry, below: base)
        check.sender.redirects = max(check.sender.redirects, 5)
        // Whoever has redirects followed means the other host, too.
        check.expectations = [.served(entry, host: files.sender.redirects > 0 ? nil : base.host)]
        if files.comparesTypes {
            let type = Expectation.contentType(entry.contentType)
            if typesAreAdvice { check.advice = [type] } else { check.expectations.append(type) }
        }
        return check
    }
}

extension ManifestEntry {
    fileprivate var isText: Bool {
        contentType.hasPrefix("text/") || ["javascript", "json", "xml"].contains { contentType.contains($0) }
    }

    /// Not what many servers refuse, run instead of sending it, or take long for.
    fileprivate var isServedByAnyServer: Bool {
        let parts = key.split(separator: "/")
        let isHidden = parts.contains { $0.hasPrefix(".") && $0 != ".well-known" }
        let ending = parts.last?.split(separator: ".").dropFirst().last?.lowercased()
        let isProgram = ending.map { ["php", "phtml", "shtml", "cgi", "asp", "aspx", "jsp"].contains($0) } ?? false
        return !isHidden && !isProgram && max(size, original?.size ?? 0) <= Check.standardLimit
    }
}
