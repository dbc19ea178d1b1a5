internal import PipelineKit
internal import Releases

/// What decides which release visitors get: a link in a folder, or an origin of a distribution.
protocol SwitchTarget: Sendable {
    var pointer: Pointer { get }

    /// Where the pointer is, for messages: such as `/srv/www/site/current`.
    var name: String { get }

    /// A command that shows the pointer.
    var inspection: String { get }

    /// What the pointer is at.
    func position() async throws -> Position

    /// True if visitors find anything when the pointer is at this position.
    func leadsSomewhere(_ position: Position) async throws -> Bool

    /// What the pointer holds when it is at a release of the store: the output `path`.
    func path(of version: ReleaseVersion) throws -> String

    /// Points visitors at a release; durable when this returns.
    ///
    /// - Parameters:
    ///   - position: what the pointer must still be at.
    ///   - beforeWrite: called directly before each write; if it throws, nothing more is written.
    /// - Throws: `NotSwitched` if it is certain that nothing was written.
    func point(
        at version: ReleaseVersion, from position: Position, _ context: StepContext,
        beforeWrite: () async throws -> Void
    ) async throws

    /// Points visitors back at what they got before.
    func restore(
        _ position: Position, from version: ReleaseVersion, _ context: StepContext,
        beforeWrite: () async throws -> Void
    ) async throws

    /// Makes sure that a write of this run that is still on its way is never applied.
    ///
    /// - Returns: what the pointer is at after that.
    func fence() async throws -> Position

    /// True if every visitor gets what the pointer is at.
    func isSettled() async throws -> Bool

    /// Returns when every visitor gets what the pointer is at.
    func settle(_ context: StepContext) async throws

    /// Drops from caches what was stored there while the pointer was at the release that is taken back.
    func dropCaches(_ context: StepContext) async throws
}

/// What a pointer is at.
struct Position: Sendable, CustomStringConvertible {
    /// Nil if it is at no release of the store.
    var version: ReleaseVersion?
    /// An origin path as the distribution has it, a release's or any other; nil for links.
    var path: String?
    /// What the link holds; nil for distributions, and if there is no link.
    var link: LinkText?

    var description: String { version?.name ?? path.map { "`\($0)`" } ?? link.map { "`\($0)`" } ?? "nothing" }
}

extension Position: Equatable {
    /// Two links to one release are at the same position, even if their texts differ.
    static func == (left: Position, right: Position) -> Bool {
        left.version == right.version
            && left.path?.utf8.elementsEqual(right.path?.utf8 ?? "".utf8) ?? (right.path == nil)
            && (left.version != nil || left.link == right.link)
    }
}

/// A switch that failed before anything was written: there is nothing to take back.
struct NotSwitched: Error {
    let cause: any Error
}
