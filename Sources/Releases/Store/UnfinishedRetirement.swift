public import PipelineKit

/// A release that is being retired and could not be deleted.
///
/// No visitor gets it, so it does not fail a run that only comes across it: what stays is reported, and retried later.
public struct UnfinishedRetirement: DescribedError {
    public var version: ReleaseVersion
    public var cause: any DescribedError
    /// True if the store has it on record, so that others retry.
    var isNoted: Bool
    /// The command that deletes the rest by hand.
    var command: String

    public var code: String { cause.code }
    public var message: String { "release \(version) is not deleted: \(cause.message)" }
    public var help: String? {
        let again = isNoted ? "the next deploy and `prune` try again; " : ""
        return (cause.help.map { "\($0); " } ?? "") + again
            + "by hand, as a user who may: `\(command)`"
    }
    public var retryClass: RetryClass { cause.retryClass }
    public var retryAfter: Duration? { cause.retryAfter }
}

extension DescribedError {
    /// For a warning: what happened and what to do.
    var notice: String { help.map { "\(message); \($0)" } ?? message }
}

extension UnfinishedRetirement {
    /// For a warning: what happened and what to do.
    public var warning: String { notice }
}

extension ReleaseStore {
    func unfinished(_ version: ReleaseVersion, _ cause: any DescribedError) async -> UnfinishedRetirement {
        var records: [StoreRecord] = []
        for record in [StoreRecord.trash(version), .manifest(of: version), .incoming(version)] {
            if (try? await exists(record)) == true { records.append(record) }
        }
        return UnfinishedRetirement(
            version: version, cause: cause, isNoted: records.contains(.trash(version)),
            command: deletionCommand(of: version, records))
    }
}
