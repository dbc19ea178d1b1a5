internal import AWS
public import PipelineKit

/// What decides which release visitors get: a link in a folder, an origin of a distribution.
///
/// Each kind is one type, which `Pointer.kinds` lists. It knows how such a pointer is read, written, restored and waited
/// for, and what its records in the store look like. Every pointer has a record and a state of its own, so that one run may
/// switch several.
public protocol ReleasePointer: Sendable {
    /// What its records' names begin with. A new kind raises `StoreFormat`.
    static var kind: String { get }

    /// What of the name of a pointer makes its records' names; nil if the name is not one of this kind.
    static func recordName(of name: String) -> String?

    /// For messages: the pointer of that name; nil if the name is not one of this kind.
    static func described(_ name: String) -> String?

    /// The pointer that a record of the store names. Nothing is looked at yet.
    ///
    /// - Returns: nil if nothing of this kind can be at a release of this store.
    /// - Throws: `UnreadablePointer`; what making a client throws.
    static func open(_ record: Pointer, of store: any ReleaseStore, in context: StepContext) async throws -> Self?

    /// What the store's records call it.
    var record: Pointer { get }

    /// For messages: where it is, such as `/srv/www/site/current`.
    var name: String { get }

    /// A command that shows it.
    var inspection: String { get }

    /// Looks whether this process may switch it, and changes nothing.
    ///
    /// - Returns: the permissions that a switch needs and that can be asked for only by using them.
    /// - Throws: the error that a switch would give.
    func checkRights() throws -> [String]

    /// Reads what the pointer is at.
    func state() async throws -> PointerState

    /// The release whose files visitors get now, also if the pointer leads deeper into it; nil if there is none.
    ///
    /// - Throws: `UnreadablePointer` if the pointer is gone.
    func servedRelease() async throws -> ReleaseVersion?

    /// True if visitors find anything when the pointer is at this.
    func leadsSomewhere(_ state: PointerState) async throws -> Bool

    /// What the pointer holds when it is at a release of the store: a path.
    func path(of version: ReleaseVersion) throws -> String

    /// The state of the pointer when it is at a release of the store.
    func state(at version: ReleaseVersion) throws -> PointerState

    /// Points visitors at a release; durable when this returns.
    ///
    /// - Parameters:
    ///   - state: what the pointer must still be at.
    ///   - beforeWrite: called directly before each write; if it throws, nothing more is written.
    /// - Throws: `NotSwitched` if it is certain that nothing was written.
    func point(
        at version: ReleaseVersion, from state: PointerState, _ context: StepContext,
        beforeWrite: () async throws -> Void
    ) async throws

    /// Points it back from a release to what it was at before.
    ///
    /// - Throws: `NotSwitched` if it is certain that nothing was written.
    func restore(
        _ state: PointerState, from version: ReleaseVersion, _ context: StepContext,
        beforeWrite: () async throws -> Void
    ) async throws

    /// What else visitors may get their pages from, and this pointer does not switch: a sentence for each.
    ///
    /// - Parameters:
    ///   - state: what the pointer is at.
    ///   - version: what it is going to be at.
    func bystanders(_ state: PointerState, goingTo version: ReleaseVersion) throws -> [String]

    /// Makes sure that a write that another process has sent, and that is still on its way, is never applied.
    ///
    /// - Parameter lastSigned: by the run's clock, the latest date that such a write can be signed with.
    /// - Returns: what the pointer is at then.
    func fence(_ lastSigned: ContinuousClock.Instant, _ context: StepContext) async throws -> PointerState

    /// True if every visitor gets what the pointer is at.
    func isLiveEverywhere() async throws -> Bool

    /// Returns when every visitor gets what the pointer is at.
    func waitUntilLive(_ context: StepContext) async throws

    /// Drops from caches what came from elsewhere while the pointer was at the release that is taken back.
    ///
    /// - Parameter paths: patterns of paths, such as `/*`. A pointer that no cache stands in front of ignores them.
    func dropCaches(_ paths: [String], _ context: StepContext) async throws
}

/// What a pointer is at.
public struct PointerState: Sendable, CustomStringConvertible {
    /// Nil if it is at no release of the store.
    public var version: ReleaseVersion?
    /// An origin path as the distribution has it, a release's or any other; nil for links.
    public var path: String?
    /// What the link holds; nil for distributions, and if there is no link.
    public var link: LinkText?
    /// The configuration in which the path was seen. A write that rests on it fails if it was changed since.
    var seen: DistributionConfig?

    public init(version: ReleaseVersion? = nil, path: String? = nil, link: LinkText? = nil) {
        (self.version, self.path, self.link) = (version, path, link)
    }

    /// No pointer, or one that is at nothing.
    public static let nowhere = PointerState()

    public var description: String { version?.name ?? path.map { "`\($0)`" } ?? link.map { "`\($0)`" } ?? "nothing" }
}

extension PointerState: Equatable {
    /// Two links to one release in other words are at the same.
    public static func == (left: PointerState, right: PointerState) -> Bool {
        left.version == right.version
            && left.path?.utf8.elementsEqual(right.path?.utf8 ?? "".utf8) ?? (right.path == nil)
            && (left.version != nil || left.link == right.link)
    }
}

/// A switch that failed before anything was written: there is nothing to take back.
public struct NotSwitched: Error {
    public let cause: any Error
}

/// The release that a registered pointer is at cannot be found out.
struct UnreadablePointer: Error {
    let reason: String
}
