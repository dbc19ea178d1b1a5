public import PipelineKit

/// Two runs are making the same release, and this one has lost the upload.
public struct UploadConflict: DescribedError, Hashable {
    public enum Kind: Hashable, Sendable {
        /// The other run has begun the same upload anew.
        case takenOver
        /// The other run has made the release.
        case completed
        /// The upload's record is gone, and no other run says that it did that.
        case recordGone
    }

    public var kind: Kind
    public var version: ReleaseVersion
    /// The store's, for messages.
    public var place: String
    /// What the other run says of itself, if that is known.
    public var other: ManifestHeader?

    public var code: String { "upload-conflict" }
    public var retryClass: RetryClass { .conflict }

    public var message: String {
        switch kind {
        case .takenOver:
            "\(otherRun) makes release \(version) in \(place) too, and has taken over this upload"
        case .completed:
            "\(otherRun) has made release \(version) in \(place) while this run was making it"
        case .recordGone:
            "the record of the upload of release \(version) in \(place) is gone: another run has removed it"
        }
    }

    public var help: String? {
        let once =
            "let one run at a time make a version, with `concurrency:` in GitHub Actions or `resource_group:` in GitLab"
        switch kind {
        case .takenOver:
            return "wait until that run has ended; if the release is not there then, run this again. And \(once)"
        case .completed: return "give other content a version of its own. And \(once)"
        case .recordGone: return "wait until every other run has ended, and run this again. And \(once)"
        }
    }

    private var otherRun: String {
        guard let other else { return "another run" }
        let details = [other.origin.person.map { "by \($0)" }, other.origin.jobURL].compactMap { $0 }
        return "run \(other.runID)" + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))")
    }
}
