public import PipelineKit

/// The record of one switch of a pointer to a release. It is written before the pointer.
public struct Deployment: Hashable, Sendable, Codable, FormattedRecord {
    static let currentFormat = 1

    public var format = Self.currentFormat
    public var version: ReleaseVersion
    /// The release that the pointer was at before.
    public var previous: ReleaseVersion?
    public var pointer: Pointer
    public var runID: String
    public var pipeline: String
    public var commit: String?
    /// When the release was made, which tells it from an earlier one of the same name; ISO 8601, UTC. Nil in the
    /// records of older runners.
    public var madeAt: String?
    /// The committer's date of that commit; ISO 8601, UTC.
    public var committedAt: String?
    /// ISO 8601, UTC.
    public var at: String
    /// When its run began; ISO 8601, UTC.
    public var runStartedAt: String
    public var origin: RunOrigin
    /// Whether its run has come to its end. Nil in the records of older runners, which did not note it.
    public var end: DeploymentEnd?

    public init(
        version: ReleaseVersion, previous: ReleaseVersion?, pointer: Pointer, runID: String, pipeline: String,
        commit: String?, committedAt: String? = nil, madeAt: String? = nil, at: String, runStartedAt: String,
        origin: RunOrigin, end: DeploymentEnd? = nil
    ) {
        self.version = version
        self.previous = previous
        self.pointer = pointer
        self.runID = runID
        self.pipeline = pipeline
        self.commit = commit
        self.madeAt = madeAt
        self.committedAt = committedAt
        self.at = at
        self.runStartedAt = runStartedAt
        self.origin = origin
        self.end = end
    }

    /// True if its run has not gone forward to its end: nobody knows whether the release is a good one.
    public var isUnfinished: Bool { end.map { $0.at == nil } ?? false }

    /// True if two attempts of one step wrote the two records.
    func isSameSwitch(as other: Deployment) -> Bool {
        (runID, pointer, version, previous) == (other.runID, other.pointer, other.version, other.previous)
    }

    /// For a message: who did it.
    public var doer: String {
        "run \(runID) of pipeline \(pipeline)" + (origin.person.map { " by \($0)" } ?? "") + " at \(at)"
    }
}

/// How far the run of a switch has come.
public struct DeploymentEnd: Hashable, Sendable, Codable {
    /// When it had gone forward to its end; ISO 8601, UTC. Nil until then.
    public var at: String?
    /// The ids of steps that are not done.
    public var open: [String]

    public init(at: String?, open: [String] = []) {
        (self.at, self.open) = (at, open)
    }

    /// Of a run that is on its way, or that was ended before it came to its end.
    public static let awaited = DeploymentEnd(at: nil)
}

/// The record that the rollback of a switch writes.
public struct UndoneDeployment: Hashable, Sendable, Codable, FormattedRecord {
    static let currentFormat = 1

    public var at: String
    /// The release that the pointer was at then: the one from before, or another run's; nil if it was at none.
    public var restored: ReleaseVersion?

    public init(at: String, restored: ReleaseVersion?) {
        self.at = at
        self.restored = restored
    }
}

/// Stops later deploys until it is lifted.
public struct Hold: Hashable, Sendable, Codable, FormattedRecord {
    static let currentFormat = 1

    public var reason: String
    public var by: String?
    /// ISO 8601, UTC.
    public var since: String
    /// The run whose step has put the store on hold; nil if a person has.
    public var runID: String?

    public init(reason: String, by: String?, since: String, runID: String? = nil) {
        self.reason = reason
        self.by = by
        self.since = since
        self.runID = runID
    }
}
