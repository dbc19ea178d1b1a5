internal import AWS
internal import Digest
internal import Logging
public import PipelineKit
internal import TextCoding

/// An origin of a CloudFront distribution, whose path decides. Each edge learns of a change in its own time.
public struct DistributionPointer: ReleasePointer {
    public static let kind = "distribution"

    let distribution: String
    /// The origin's id.
    let origin: String
    private let paths: ReleasePaths
    private let store: any ReleaseStore
    private let client: CloudFrontClient

    init(
        _ distribution: String, origin: String, _ paths: ReleasePaths, of store: any ReleaseStore,
        _ client: CloudFrontClient
    ) {
        (self.distribution, self.origin, self.paths) = (distribution, origin, paths)
        (self.store, self.client) = (store, client)
    }

    public var record: Pointer { Pointer(distribution: distribution, origin: origin) }
    public var name: String { "\(record)" }
    public func checkRights() -> [String] { ["cloudfront:UpdateDistribution"] }

    public var inspection: String { "aws cloudfront get-distribution-config --id \(distribution)" }

    // MARK: - Finding it

    public static func open(
        _ record: Pointer, of store: any ReleaseStore, in context: StepContext
    ) async throws -> DistributionPointer? {
        guard let origin = record.origin else { throw UnreadablePointer(reason: "its name has no origin") }
        guard case .bucket(_, let prefix)? = store.url else {
            throw UnreadablePointer(reason: "no distribution reads from a folder")
        }
        return DistributionPointer(
            origin.distribution, origin: origin.id, ReleasePaths(prefix: prefix), of: store,
            try await CloudFrontClient(in: context, until: context.leases.deadline(of: store.resource)))
    }

    /// Looks for the origin of a distribution that serves a bucket.
    ///
    /// - Parameter origin: its id; nil for the only one on S3.
    /// - Returns: the pointer, and what it is at.
    /// - Throws: `StepError` `foreign-origin`; `CloudFrontError` `unknownOrigin`, `noS3Origin`, `severalS3Origins`; what
    ///   asking CloudFront throws.
    static func find(
        _ distribution: String, origin: String?, bucket: String, _ paths: ReleasePaths, of store: any ReleaseStore,
        _ client: CloudFrontClient
    ) async throws -> (DistributionPointer, PointerState) {
        let config = try await client.getDistributionConfig(distribution)
        let found = try config.origin(named: origin)
        guard found.mayRead(bucket: bucket) else {
            throw StepError(
                "foreign-origin",
                "the origin `\(found.id)` of the distribution \(distribution) reads from \(found.domain), and the store is "
                    + "in the bucket \(bucket): visitors would get none of its releases",
                help: "name an origin of that bucket in `origin`, or the origin's own bucket in `store`")
        }
        let pointer = DistributionPointer(distribution, origin: found.id, paths, of: store, client)
        return (pointer, try pointer.state(in: config))
    }

    // MARK: - Reading it

    public func state() async throws -> PointerState {
        try state(in: try await client.getDistributionConfig(distribution))
    }

    private func state(in config: DistributionConfig) throws -> PointerState {
        let path = try config.origin(named: origin).path
        var state = PointerState(version: paths.release(at: path), path: path)
        state.seen = config
        return state
    }

    public func servedRelease() async throws -> ReleaseVersion? {
        do {
            return paths.servedRelease(at: try await state().path ?? "")
        } catch let error as AWSError where error.serviceCode == "NoSuchDistribution" {
            throw UnreadablePointer(reason: error.message)
        } catch let error as CloudFrontError {
            throw UnreadablePointer(reason: error.message)
        }
    }

    /// Nobody can tell what the distribution finds at a path that is no release of the store.
    public func leadsSomewhere(_ state: PointerState) async throws -> Bool {
        guard let version = state.version else { return true }
        return try await store.hasFiles(of: version)
    }

    public func path(of version: ReleaseVersion) throws -> String { try paths.path(of: version).text }

    public func state(at version: ReleaseVersion) throws -> PointerState {
        PointerState(version: version, path: try path(of: version))
    }

    /// The other members of the origin's groups that are at a release of this store, or where this one is now. One that is
    /// at `version` is as it must be, and one that is elsewhere has another purpose.
    public func bystanders(_ state: PointerState, goingTo version: ReleaseVersion) throws -> [String] {
        guard let config = state.seen else { return [] }
        let wanted = try path(of: version)
        return config.groups.filter { $0.members.contains(origin) }.flatMap { group in
            config.origins.filter { other in
                other.id != origin && group.members.contains(other.id) && other.path != wanted
                    && (paths.servedRelease(at: other.path) != nil || other.kind != .other && other.path == state.path)
            }.map { other in
                let place = other.path.isEmpty ? "the top of \(other.domain)" : "`\(other.path)`"
                let when = group.statuses.isEmpty ? "" : " (on \(group.statuses.joined(separator: ", ")))"
                return
                    "the origin group `\(group.id)` of the distribution \(distribution) asks `\(group.members[0])` first and "
                    + "then the next of its members\(when), and `\(other.id)` is at \(place), where this step leaves it: "
                    + "visitors may get pages from there. A `switch-origin` step with `origin: \(other.id)` switches it"
            }
        }
    }

    // MARK: - Writing it

    public func point(
        at version: ReleaseVersion, from state: PointerState, _ context: StepContext,
        beforeWrite: () async throws -> Void
    ) async throws {
        try await write(paths.path(of: version), over: state, beforeWrite)
    }

    public func restore(
        _ state: PointerState, from version: ReleaseVersion, _ context: StepContext,
        beforeWrite: () async throws -> Void
    ) async throws {
        try await write(
            OriginPath(asFound: state.path ?? ""), over: PointerState(path: path(of: version)), beforeWrite)
    }

    private func write(
        _ path: OriginPath, over before: PointerState, _ beforeWrite: () async throws -> Void
    ) async throws {
        let update = OriginPathUpdate(
            distribution: distribution, origin: origin, path: path, before: before.path ?? "")
        switch await update.attempt(client, seen: before.seen, beforeWrite: beforeWrite) {
        case .done: return
        case .failed(let error, mayHaveBeenApplied: true): throw error
        case .failed(let error, mayHaveBeenApplied: false): throw NotSwitched(cause: error)
        }
    }

    /// CloudFront takes a request until 5 minutes after its date. The rest is for clocks that differ a little.
    static let longestAcceptance = Duration.seconds(330)

    public func fence(_ lastSigned: ContinuousClock.Instant, _ context: StepContext) async throws -> PointerState {
        let fenced = try await client.fence(distribution)
        if fenced.isFence { return try state(in: fenced.config) }
        let left = context.clock.now.duration(to: lastSigned + Self.longestAcceptance)
        if left > .zero {
            context.logger.notice(
                """
                waiting for \(left.text): a run that no longer has the store may have sent a change of \(distribution), which \
                CloudFront could accept until then
                """)
            try await context.clock.sleep(for: left)
        }
        return try await state()
    }

    // MARK: - What visitors have

    public func isLiveEverywhere() async throws -> Bool { try await client.getDistribution(distribution).isDeployed }

    public func waitUntilLive(_ context: StepContext) async throws {
        context.logger.info("waiting until every edge of \(distribution) has it")
        _ = try await client.waitUntilDeployed(distribution, CloudFrontPoller(in: context))
    }

    /// Edges that still were at the release have cached it once more while others were back already.
    public func dropCaches(_ paths: [String], _ context: StepContext) async throws {
        if paths.isEmpty { return }
        let plan = InvalidationPlan(
            try paths.map { try InvalidationPath(pattern: $0) }, reference: "\(context.idempotencyKey)/rollback",
            maximum: InvalidationPlan.maximumPaths)
        context.logger.info("dropping \(plan.text) from the caches of \(distribution)")
        _ = try await client.invalidate(plan, on: distribution, waitsForLast: true, CloudFrontPoller(in: context))
    }
}

// MARK: - In the store's records

extension DistributionPointer {
    public static func recordName(of name: String) -> String? {
        parts(of: name).map { "\(safe($0.distribution))-\(safe($0.id))" }
    }

    public static func described(_ name: String) -> String? {
        parts(of: name).map { "the origin `\($0.id)` of the distribution \($0.distribution)" }
    }

    fileprivate static func parts(of name: String) -> (distribution: String, id: String)? {
        guard let slash = name.firstIndex(of: "/") else { return nil }
        return (String(name[..<slash]), String(name[name.index(after: slash)...]))
    }

    /// An origin's id may be any text. A dot would let it end like the names of other records.
    private static func safe(_ text: String) -> String {
        let out = PercentEncoding(keepingAlso: "-_").encode(text)
        // A record's name must fit into a key.
        return out.utf8.count <= 200 ? out : out.prefix(100) + "-" + SHA256.hash(text.utf8).description.prefix(32)
    }
}

extension Pointer {
    /// - Parameter origin: the origin's id.
    public init(distribution: String, origin: String) {
        self.init(kind: DistributionPointer.kind, name: "\(distribution)/\(origin)")
    }

    /// Nil for a pointer that is no origin of a distribution.
    public var origin: (distribution: String, id: String)? {
        kind == DistributionPointer.kind ? DistributionPointer.parts(of: name) : nil
    }
}

extension DistributionOrigin {
    /// An access point has a name of its own, which does not tell its bucket.
    fileprivate func mayRead(bucket: String) -> Bool {
        if kind == .other { return true }
        let name = domain.lowercased()
        let isAccessPoint = name.split(separator: ".").first.map { $0.hasSuffix("-s3alias") || $0.hasSuffix("--ol-s3") }
        return isAccessPoint == true || name.hasPrefix(bucket.lowercased() + ".")
    }
}
