internal import PipelineKit

extension ReleaseStore {
    /// What stops deploys; nil if nothing does.
    public func hold() async throws -> Hold? { try await decode(Hold.self, from: .hold) }

    /// - Throws: `StepError` `on-hold` with the hold's reason.
    public func refuseIfOnHold() async throws {
        guard let hold = try await hold() else { return }
        throw StepError(
            "on-hold", "\(resource) is on hold \(hold.sentence), so nothing is deployed",
            help: "when the reason is gone, type `\(lifting)` and run again")
    }

    /// The command that lets deploys continue, for messages.
    public var lifting: String { "\(ProgramName.current) unhold \(ShellWord.quoted(resource.url))" }

    /// - Returns: the hold that this one replaces.
    @discardableResult
    public func putOnHold(_ hold: Hold) async throws -> Hold? {
        let earlier = try await self.hold()
        try await encode(hold, to: .hold)
        return earlier
    }

    /// Puts the store on hold unless it is.
    public func putOnHoldIfFree(_ hold: Hold) async throws {
        _ = try await create(hold, as: .hold)
    }

    /// Lets deploys continue.
    ///
    /// - Parameter run: if it is given, only a hold of that run is lifted.
    /// - Returns: the hold that was lifted.
    @discardableResult
    public func liftHold(of run: String? = nil) async throws -> Hold? {
        guard let hold = try await hold(), run == nil || hold.runID == run else { return nil }
        try await delete(.hold)
        return hold
    }

    /// True if a release was ever made in the store: a mistyped name must not look like a store without a hold.
    public func hasReleases() async throws -> Bool { try await !records(in: .manifests).isEmpty }
}

extension Hold {
    /// Since when, by whom and why, to be put after `is on hold`.
    public var sentence: String { "since \(since)" + (by.map { ", by \($0)" } ?? "") + ": \(reason)" }
}
