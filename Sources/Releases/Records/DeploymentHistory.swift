/// The releases that one pointer was at, and which of them one can go back to.
///
/// They are in the order in which they were made, like the pages of a browser's history, and the pointer moves among
/// them. A way back leaves every release after the one that it leads to. A switch that was taken back leaves the
/// release that it led to. One cannot go back to a release that was left until it is switched to again. So somebody who
/// goes back repeatedly comes to each release once, and never to one that was left as bad.
public struct DeploymentHistory: Sendable {
    private struct Place {
        var version: ReleaseVersion
        /// When the release was made; nil if no record says so.
        var madeAt: String?
        /// When the pointer was first switched to it; nil if it was there without a record.
        var firstAt: String?
        var isLeft = false

        /// A record that does not say when its release was made belongs to the release that has the name.
        func isSameRelease(as deployment: Deployment) -> Bool {
            guard let other = deployment.madeAt else { return true }
            if let madeAt { return madeAt == other }
            // Nothing goes live before it is made.
            return firstAt.map { other <= $0 } ?? true
        }

        func isNewer(than deployment: Deployment) -> Bool {
            guard let madeAt, let other = deployment.madeAt else { return false }
            return madeAt > other
        }
    }

    private var places: [Place] = []
    /// The releases of switches that were taken back, since the last switch that stayed.
    private var takenBack: Set<ReleaseVersion> = []

    /// - Parameters:
    ///   - deployments: those of all pointers, in any order, including those that were taken back.
    ///   - wasTakenBack: true for a deployment that was taken back.
    public init(
        of pointer: Pointer, _ deployments: [Deployment], wasTakenBack: (Deployment) -> Bool
    ) {
        // Runs may wait for each other, so the order of their ids need not be the order of their switches.
        let sorted = deployments.filter { $0.pointer == pointer }.sorted(by: Self.cameFirst)
        let newest = sorted.last { !wasTakenBack($0) }
        for deployment in sorted {
            // Nobody has found it good, and another switch has followed. The newest may be one that is on its way.
            let isAbandoned = deployment.isUnfinished && deployment != newest
            replay(deployment, wasTakenBack: isAbandoned || wasTakenBack(deployment))
        }
    }

    /// The releases that lead to the live one, each once, the oldest first.
    public var line: [ReleaseVersion] { places.filter { !$0.isLeft }.map(\.version) }

    /// The releases that one can go back to from another one, the oldest first.
    ///
    /// - Parameter version: the release that the pointer is at; nil if it is at none. A release that no record names
    ///   was put there by hand, after everything else.
    public func line(before version: ReleaseVersion?) -> [ReleaseVersion] { places(before: version).map(\.version) }

    private func places(before version: ReleaseVersion?) -> [Place] {
        let end = places.firstIndex { $0.version == version } ?? places.endIndex
        return places[..<end].filter { !$0.isLeft }
    }

    /// The last good release before another one.
    ///
    /// - Parameters:
    ///   - version: as for `line(before:)`.
    ///   - releases: those of the store. A release that was made anew under the name of one that was live is not that
    ///     one.
    public func lastGood(before version: ReleaseVersion?, among releases: [StoredRelease]) -> ReleaseVersion? {
        places(before: version).last { place in
            releases.contains { release in
                release.version == place.version && release.state == .complete
                    && (place.madeAt == nil || release.createdAt == nil || place.madeAt == release.createdAt)
            }
        }?.version
    }

    private mutating func replay(_ deployment: Deployment, wasTakenBack: Bool) {
        // The pointer was there before the first record, or somebody else has moved it since the last one. A switch may
        // also have begun at the release of another one that was taken back only later.
        if let previous = deployment.previous, previous != line.last, !takenBack.contains(previous) {
            move(to: place(of: previous))
        }
        if wasTakenBack {
            takenBack.insert(deployment.version)
            if let index = index(of: deployment.version) { places[index].isLeft = true }
        } else {
            takenBack = []
            move(to: place(of: deployment))
        }
    }

    private mutating func move(to index: Int) {
        for place in places.indices.dropFirst(index) { places[place].isLeft = place > index }
    }

    private func index(of version: ReleaseVersion) -> Int? { places.firstIndex { $0.version == version } }

    /// The place of a release that no record of its own has put the pointer at.
    private mutating func place(of version: ReleaseVersion) -> Int {
        if let index = index(of: version) { return index }
        places.append(Place(version: version))
        return places.endIndex - 1
    }

    private mutating func place(of deployment: Deployment) -> Int {
        if let index = index(of: deployment.version) {
            if places[index].isSameRelease(as: deployment) {
                places[index].madeAt = places[index].madeAt ?? deployment.madeAt
                places[index].firstAt = places[index].firstAt ?? deployment.at
                return index
            }
            // Another release now has the name of one that was deleted.
            places.remove(at: index)
        }
        let index = deployment.isOfNewRelease ? places.endIndex : places.firstIndex { $0.isNewer(than: deployment) }
        places.insert(
            Place(version: deployment.version, madeAt: deployment.madeAt, firstAt: deployment.at),
            at: index ?? places.endIndex)
        return index ?? places.endIndex - 1
    }

    private static func cameFirst(_ left: Deployment, _ right: Deployment) -> Bool {
        (left.at, left.runID) < (right.at, right.runID)
    }
}

extension Deployment {
    /// True if the run that switched to it has also made it. Both times are of one clock then.
    fileprivate var isOfNewRelease: Bool { madeAt.map { $0 >= runStartedAt } ?? true }
}
