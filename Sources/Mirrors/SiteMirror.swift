public import PipelineKit
internal import SystemPackage

/// A folder or a bucket's prefix that is brought up to date in place. It decides by the files' bytes, never by their
/// times.
public protocol SiteMirror: Sendable {
    /// Where it is, for messages.
    var place: String { get }

    /// True if nothing is wanted.
    func isEmpty() throws -> Bool

    /// What is worth a warning about the files.
    func warnings() throws -> [String]

    /// Looks whether this process may write there, and changes nothing.
    ///
    /// - Returns: the permissions that can be asked for only by using them.
    /// - Throws: the error that the first write would give.
    func checkRights() throws -> [String]

    /// Compares what is wanted with what is there.
    ///
    /// - Parameters:
    ///   - includesExtra: true to be told of what is not wanted as well, after everything else.
    ///   - body: called for each difference.
    /// - Returns: how many files are wanted and as they should be.
    func compare(
        includesExtra: Bool, in context: StepContext, _ body: @escaping @Sendable (MirrorDifference) throws -> Void
    ) async throws -> Int

    /// Writes what is new or different, and then deletes what is not wanted.
    func run(deletes: Bool, in context: StepContext) async throws -> MirrorCounts
}

/// One file that is not as it should be.
public struct MirrorDifference: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case new
        /// With the reason.
        case other(String)
        case extra
    }

    public var key: String
    public var kind: Kind
    /// What must be written; 0 for one that must go.
    public var bytes: Int
}

/// What a mirror did.
public struct MirrorCounts: Hashable, Sendable {
    public var uploaded = 0
    /// As they should be already.
    public var skipped = 0
    public var deleted = 0
    /// That were written.
    public var bytes = 0

    public init() {}
}

extension FolderMirror: SiteMirror {
    /// It gives no headers, and its server reads a `+` as it is.
    public func warnings() throws -> [String] { [] }

    public var place: String { target.root.string }

    public func checkRights() throws -> [String] {
        try DurableFile.checkWritable(target.root)
        return []
    }

    public func compare(
        includesExtra: Bool, in _: StepContext, _ body: @escaping @Sendable (MirrorDifference) throws -> Void
    ) async throws -> Int {
        try await compare(includesExtra: includesExtra, body)
    }

    public func run(deletes: Bool, in context: StepContext) async throws -> MirrorCounts {
        try await run(deletes: deletes, context.progress)
    }
}
