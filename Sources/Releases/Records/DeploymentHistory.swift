/// What one pointer was at, as far as it was not taken back.
///
/// Going back to an earlier release takes those after it out of the line: what was live before `v2` is the same when
/// `v2` is deployed and when a later release made way for it. Going back twice so never brings a bad release back.
public struct DeploymentHistory: Sendable {
    /// The line that leads to the live release, each version once, the oldest first.
    public let line: [Deployment]

    /// - Parameters:
    ///   - deployments: those of all pointers, in any order, without those that were taken back.
    public init(of pointer: Pointer, _ deployments: [Deployment]) {
        var line: [Deployment] = []
        // Runs may wait for each other, so that their ids need not be in the order of their switches.
        for deployment in deployments.filter({ $0.pointer == pointer }).sorted(by: Self.cameFirst) {
            if let index = line.firstIndex(where: { $0.version == deployment.version }) {
                line.removeSubrange((index + 1)...)
                line[index] = deployment
            } else {
                line.append(deployment)
            }
        }
        self.line = line
    }

    /// The last good release before another one.
    ///
    /// - Parameters:
    ///   - version: what the pointer is at; nil where it is nowhere. One that the line does not have was put there by
    ///     hand, after everything else.
    ///   - isThere: whether a release can be gone back to.
    public func lastGood(
        before version: ReleaseVersion?, where isThere: (ReleaseVersion) throws -> Bool
    ) rethrows -> Deployment? {
        let end = line.firstIndex { $0.version == version } ?? line.endIndex
        return try line[..<end].last { try isThere($0.version) }
    }

    private static func cameFirst(_ left: Deployment, _ right: Deployment) -> Bool {
        (left.at, left.runID) < (right.at, right.runID)
    }
}
