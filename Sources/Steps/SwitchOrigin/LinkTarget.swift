internal import PipelineKit
internal import Releases
internal import SystemPackage

/// The link in a folder store. A change reaches all visitors at once.
struct LinkTarget: SwitchTarget {
    let pointer: Pointer
    private let link: CurrentLink

    init(_ store: FolderStore, name: String) {
        pointer = Pointer(link: name)
        link = CurrentLink(of: store, name: name)
    }

    var name: String { link.path.string }
    var inspection: String { "ls -l \(ShellWord.quoted(link.path.string))" }

    func position() async throws -> Position {
        guard let text = try link.text() else { return Position() }
        return Position(version: try link.release(at: text), link: text)
    }

    func leadsSomewhere(_ position: Position) async throws -> Bool {
        guard let text = Self.text(of: position) else { return false }
        return try link.leadsSomewhere(text)
    }

    /// What a link at this position holds. Older runners noted only the release, to which they had linked themselves.
    private static func text(of position: Position) -> LinkText? {
        position.link ?? position.version.map { LinkText("releases/\($0)") }
    }

    func path(of version: ReleaseVersion) -> String { name }

    func point(
        at version: ReleaseVersion, from position: Position, _ context: StepContext,
        beforeWrite: () async throws -> Void
    ) async throws {
        try await beforeWrite()
        try link.point(at: version, token: context.run.id)
    }

    func restore(
        _ position: Position, from version: ReleaseVersion, _ context: StepContext,
        beforeWrite: () async throws -> Void
    ) async throws {
        try await beforeWrite()
        guard let text = Self.text(of: position) else { return try link.remove() }
        try link.point(at: text, token: context.run.id)
    }

    /// A rename cannot be pending: the process that made it is gone, or it is this one.
    func fence() async throws -> Position { try await position() }

    func isSettled() async throws -> Bool { true }
    func settle(_ context: StepContext) async throws {}
    func dropCaches(_ context: StepContext) async throws {}
}
