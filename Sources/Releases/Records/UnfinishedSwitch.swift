public import SystemPackage

/// The switch to the release that a pointer is at, whose run has not done everything that belongs to it.
public struct UnfinishedSwitch: Hashable, Sendable, Codable {
    public var run: String
    /// The ids of steps that its run left open; nil if the run did not come to its end: nobody has found its release good.
    public var open: [String]?
    /// What to go back to instead of a release that nobody has found good; nil if there is nothing.
    public var lastGood: ReleaseVersion?

    public init(run: String, open: [String]? = nil, lastGood: ReleaseVersion? = nil) {
        (self.run, self.open, self.lastGood) = (run, open, lastGood)
    }

    /// True if nobody has found the release good.
    public var isUnchecked: Bool { open == nil }

    /// For a message: a sentence without a full stop.
    public func sentence(_ version: ReleaseVersion) -> String {
        let start = "\(version) was switched to by run \(run), which "
        guard let open else { return start + "did not end" }
        return start + "left " + open.map { "`\($0)`" }.joined(separator: " and ") + " open"
    }
}

extension ReleaseStore {
    /// Finds out whether a pointer is at a release whose switch is unfinished.
    ///
    /// - Parameters:
    ///   - live: what the pointer is at.
    ///   - run: the run that asks; its own switch does not count.
    ///   - settled: runs whose switches count as unchecked, although somebody has finished them.
    ///   - folder: for what does not fit into memory.
    public func unfinishedSwitch(
        to live: ReleaseVersion, of pointer: Pointer, besides run: String, _ settled: SettledRuns, in folder: FilePath
    ) async throws -> UnfinishedSwitch? {
        guard let deployment = try await deployment(of: live, by: pointer), deployment.runID != run,
            let end = deployment.end
        else { return nil }
        if end.at != nil, !settled.contains(deployment.runID) {
            return end.open.isEmpty ? nil : UnfinishedSwitch(run: deployment.runID, open: end.open)
        }
        return UnfinishedSwitch(
            run: deployment.runID, lastGood: try await lastGood(of: pointer, besides: live, in: folder))
    }

    /// The newest release other than one that a pointer was switched to by a run that came to its end, and that was not
    /// taken back. If no run has come to its end, it is what the pointer was at before the oldest of them.
    private func lastGood(
        of pointer: Pointer, besides live: ReleaseVersion, in folder: FilePath
    ) async throws -> ReleaseVersion? {
        var first: ReleaseVersion?
        let good = try await newestDeployment { deployment in
            guard deployment.pointer == pointer else { return false }
            if deployment.isUnfinished {
                first = deployment.previous
                return false
            }
            guard deployment.version != live, let header = try await header(of: deployment.version, in: folder) else {
                return false
            }
            // A release that was made anew under the name of one that was live is not that one.
            return deployment.madeAt == nil || deployment.madeAt == header.createdAt
        }
        if let good { return good.version }
        guard let first, first != live, try await isComplete(first) else { return nil }
        return first
    }

    /// Records that the switches whose runs have not come to their end are taken back, down to the newest one whose run
    /// has.
    ///
    /// - Parameter run: the run that goes back over them; its own switch stays.
    public func recordUndoneUnfinished(
        _ undone: UndoneDeployment, of pointer: Pointer, besides run: String
    ) async throws {
        var unfinished: [String] = []
        _ = try await newestDeployment { deployment in
            guard deployment.pointer == pointer, deployment.runID != run else { return false }
            if deployment.isUnfinished { unfinished.append(deployment.runID) }
            return !deployment.isUnfinished
        }
        for run in unfinished { try await recordUndone(undone, run: run, pointer) }
    }
}
