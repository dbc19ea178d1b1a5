internal import HTTP
internal import Logging
internal import PipelineKit
internal import Releases

/// Shows that visitors get a release, for a step that names one page of it and nothing more.
///
/// No option asks for this check, so it must not fail because of how a server is set up: it follows redirects to clean
/// URLs, and accepts any status if the bytes are right. With a folder store, the server decides the types.
struct ReleaseProof: Sendable {
    let page: HTTPURL
    let files: ReleaseFiles
    /// True if the pipeline file sets the sample's size.
    let sizeIsGiven: Bool

    /// The files to request, and where.
    struct Sample: Sendable {
        let entries: [ReleaseFile]
        /// The URLs below which the files may be, the likeliest first.
        let bases: [HTTPURL]
        /// True if the store has no release that visitors may have had before.
        let isFirst: Bool
    }

    /// - Returns: nil if the release is not there yet, or not live yet: the step may come before the switch.
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
        if entries.isEmpty, !files.exclude.isEmpty {
            context.logger.info("`exclude` leaves no file of release \(files.version), so the page alone is checked")
            return nil
        }
        return Sample(entries: entries, bases: try base.candidates(), isFirst: before == nil)
    }

    /// The sample's limits for the first release in a store: nobody knows which of its files are new. If the server has
    /// an earlier state of the site from another store, a few random files would say little.
    private static let firstSize = 1_000
    private static let firstBytes = 64 << 20

    /// Takes texts first, since they change most.
    static func affordable(_ files: [ReleaseFile]) -> [ReleaseFile] {
        var left = firstBytes
        var keys: Set<String> = []
        let entries = files.map(\.entry)
        for entry in entries.filter(\.isText) + entries.filter({ !$0.isText }) where entry.size <= left {
            left -= entry.size
            keys.insert(entry.key)
        }
        return files.filter { keys.contains($0.key) }
    }

    /// Requests the sample at each place where the release may be, one after the other.
    ///
    /// - Returns: the first place at which all checks passed, or else the likeliest one, and its tally.
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

    private func check(_ file: ReleaseFile, below base: HTTPURL) throws -> Check {
        var check = try files.check(file, below: base)
        check.sender.redirects = max(check.sender.redirects, 5)
        // A step that follows redirects allows another host, too.
        let served = Expectation.served(files.served(file.entry), host: files.sender.redirects > 0 ? nil : base.host)
        check.expectations = [served] + check.expectations.filter(\.isContentType)
        return check
    }
}

extension ManifestEntry {
    fileprivate var isText: Bool {
        contentType.hasPrefix("text/") || ["javascript", "json", "xml"].contains { contentType.contains($0) }
    }

    /// False for files that many servers refuse, run instead of sending, or take long to send.
    fileprivate var isServedByAnyServer: Bool {
        let ending = key.split(separator: "/").last?.split(separator: ".").dropFirst().last?.lowercased()
        let isProgram = ending.map { ["php", "phtml", "shtml", "cgi", "asp", "aspx", "jsp"].contains($0) } ?? false
        return !isHidden && !isProgram && max(size, original?.size ?? 0) <= Check.standardLimit
    }
}
