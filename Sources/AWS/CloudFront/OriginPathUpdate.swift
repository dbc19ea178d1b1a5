internal import HTTP

/// What to do about an origin path, after a look at the configuration as it is now.
public enum OriginPathDecision: Hashable, Sendable {
    /// The path is the wanted one: an earlier try has succeeded, or there was nothing to do.
    case done
    /// The path is the one that was there before: nobody else has changed it.
    case write
    /// Somebody else has set another path: whatever came from there must not be overwritten.
    case conflict

    public init(current: String, wanted: String, before: String) {
        if current.utf8.elementsEqual(wanted.utf8) {
            self = .done
        } else if current.utf8.elementsEqual(before.utf8) {
            self = .write
        } else {
            self = .conflict
        }
    }
}

/// Sets one origin's path, so that a lost reply is understood and nobody else's change is lost.
public struct OriginPathUpdate: Sendable {
    public var distribution: String
    /// The origin's id.
    public var origin: String
    public var path: OriginPath
    /// What was there when it was decided to change it.
    public var before: String

    /// Each try begins with a look; others may change other parts of the configuration between look and write.
    private static let maximumTries = 8

    public struct Result: Hashable, Sendable {
        /// Of the configuration that has the wanted path.
        public var etag: String
        /// False if the path was there already at the first look.
        public var hasWritten: Bool
    }

    public init(distribution: String, origin: String, path: OriginPath, before: String) {
        self.distribution = distribution
        self.origin = origin
        self.path = path
        self.before = before
    }

    /// How it ended.
    public enum Ending: Sendable {
        case done(Result)
        /// - Parameter mayHaveBeenApplied: true if a write was sent that may have set the path, or may still do so.
        case failed(any Error, mayHaveBeenApplied: Bool)
    }

    /// - Parameters:
    ///   - seen: the configuration as the caller has just read it, which saves the first look. If it was changed since, its
    ///     ETag makes the write fail, and the next try looks.
    ///   - beforeWrite: called directly before each write; if it throws, nothing more is written.
    /// - Returns: a failure with `changedByOthers`, `notUpdated`, those of `DistributionConfig`, what `AWSSender.send` throws,
    ///   or what `beforeWrite` does.
    public func attempt(
        _ client: CloudFrontClient, seen: DistributionConfig? = nil, beforeWrite: () async throws -> Void
    ) async -> Ending {
        var open: String?
        do {
            return .done(try await write(client, seen, beforeWrite, &open))
        } catch {
            return .failed(error, mayHaveBeenApplied: open != nil)
        }
    }

    /// - Parameter open: the ETag of a write whose outcome is not known.
    private func write(
        _ client: CloudFrontClient, _ seen: DistributionConfig?, _ beforeWrite: () async throws -> Void,
        _ open: inout String?
    ) async throws -> Result {
        var seen = seen
        var hasTried = false
        var lost = 0
        for _ in 1...Self.maximumTries {
            let config: DistributionConfig
            if let known = seen.take() {
                config = known
            } else {
                config = try await client.getDistributionConfig(distribution)
            }
            let current = try config.origin(named: origin)
            switch OriginPathDecision(current: current.path, wanted: path.text, before: before) {
            case .done: return Result(etag: config.etag, hasWritten: hasTried)
            case .conflict: throw conflict(current.path)
            case .write: break
            }
            // The path is the one from before under another ETag: a write with an older one fails from now on.
            if open != config.etag { open = nil }
            let bytes = try config.replacingOriginPath(ofOrigin: origin, with: path)
            try await beforeWrite()
            hasTried = true
            let earlier = open
            open = config.etag
            do {
                switch try await client.updateDistribution(distribution, config: bytes, ifMatch: config.etag) {
                case .updated(let etag): return Result(etag: etag, hasWritten: true)
                case .stale(let mayHaveBeenApplied): if !mayHaveBeenApplied { open = earlier }
                }
            } catch let error as TransportError {
                // It may have been applied. With its ETag it can be applied only once, so another look and another try
                // do no harm.
                lost += 1
                guard lost == 1 else { throw error }
            } catch let error as AWSError {
                guard error.mayHaveBeenApplied || error.status >= 500 else {
                    open = earlier
                    throw error
                }
                lost += 1
                guard lost == 1 else { throw error }
            }
        }
        throw CloudFrontClient.changedAtEachTry(of: distribution, Self.maximumTries)
    }

    private func conflict(_ current: String) -> CloudFrontError {
        CloudFrontError(
            .changedByOthers,
            "the origin \(origin.debugDescription) of \(distribution) is at \(current.debugDescription) and no longer at "
                + "\(before.debugDescription): somebody else has deployed",
            help: "look at what is live, then run again to replace it")
    }
}
