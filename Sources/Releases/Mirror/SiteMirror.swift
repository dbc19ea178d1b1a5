public import PipelineKit
internal import SystemPackage

/// A folder or a bucket's prefix that is brought up to date in place. It decides by the files' bytes, never by their times.
public protocol SiteMirror: Sendable {
    /// Where it is, for messages.
    var place: String { get }

    /// Whether nothing is wanted.
    func isEmpty() throws -> Bool

    /// Compares what is wanted with what is there.
    ///
    /// - Parameters:
    ///   - includesExtra: whether what is not wanted is told of as well, after everything else.
    ///   - body: called for each difference.
    /// - Returns: how many files are wanted and as they should be.
    func compare(
        includesExtra: Bool, in context: StepContext, _ body: @escaping @Sendable (MirrorDifference) throws -> Void
    ) async throws -> Int

    /// Writes what is new or different, and then deletes what is not wanted.
    func run(deletes: Bool, in context: StepContext) async throws -> MirrorCounts
}

extension FolderMirror: SiteMirror {
    public var place: String { target.root.string }

    public func compare(
        includesExtra: Bool, in _: StepContext, _ body: @escaping @Sendable (MirrorDifference) throws -> Void
    ) async throws -> Int {
        try await compare(includesExtra: includesExtra, body)
    }

    public func run(deletes: Bool, in context: StepContext) async throws -> MirrorCounts {
        try await run(deletes: deletes, context.progress)
    }
}
