public import PipelineKit
internal import SystemPackage

/// The link in a folder store. Whoever asks gets what it is at, at once.
public struct LinkPointer: ReleasePointer {
    public static let kind = "link"

    public let record: Pointer
    private let link: CurrentLink

    public init(_ store: FolderStore, name: String) {
        record = Pointer(link: name)
        link = CurrentLink(of: store, name: name)
    }

    /// - Throws: `StepError` `link-loop` if the link leads back to itself.
    func preflight() throws { try link.refuseLoop() }

    public static func recordName(of name: String) -> String? { Pointer.unmistakable(name) }
    public static func described(_ name: String) -> String? { "the link `\(name)`" }

    /// A bucket holds no links: a pipeline that once used a folder may have registered one.
    public static func open(
        _ record: Pointer, of store: any ReleaseStore, in context: StepContext
    ) async throws -> LinkPointer? {
        guard case .folder(let root)? = store.url else { return nil }
        return LinkPointer(FolderStore(FilePath(root)), name: record.name)
    }

    public var name: String { link.path.string }
    public var inspection: String { "ls -l \(ShellWord.quoted(link.path.string))" }

    public func checkRights() throws -> [String] {
        try DurableFile.checkWritable(link.path.removingLastComponent())
        return []
    }

    public func state() async throws -> PointerState {
        guard let text = try link.text() else { return .nowhere }
        return PointerState(version: try link.release(at: text), link: text)
    }

    public func servedRelease() async throws -> ReleaseVersion? { try link.servedRelease() }

    public func leadsSomewhere(_ state: PointerState) async throws -> Bool {
        guard let text = Self.text(of: state) else { return false }
        return try link.leadsSomewhere(text)
    }

    /// What a link in this state holds. Older runners noted only the release, to which they had linked themselves.
    private static func text(of state: PointerState) -> LinkText? {
        state.link ?? state.version.map { LinkText("releases/\($0)") }
    }

    public func path(of version: ReleaseVersion) -> String { name }
    public func state(at version: ReleaseVersion) -> PointerState { PointerState(version: version) }

    public func point(
        at version: ReleaseVersion, from state: PointerState, _ context: StepContext,
        beforeWrite: () async throws -> Void
    ) async throws {
        try await replace(context, beforeWrite, if: { try await self.state() == state }) {
            try link.point(at: version, token: context.run.id)
        }
    }

    public func restore(
        _ state: PointerState, from version: ReleaseVersion, _ context: StepContext,
        beforeWrite: () async throws -> Void
    ) async throws {
        try await replace(context, beforeWrite, if: { try await self.state().version == version }) {
            guard let text = Self.text(of: state) else { return try link.remove() }
            try link.point(at: text, token: context.run.id)
        }
    }

    /// Replaces the link if it still is what it was found to be. A rename has no condition: a lock on the store's folder,
    /// held from the look to the rename, keeps runs without a lease from replacing what the other has just written. If the
    /// file system does not lock folders, the look alone must do.
    private func replace(
        _ context: StepContext, _ beforeWrite: () async throws -> Void, if isAsFound: () async throws -> Bool,
        _ write: () throws -> Void
    ) async throws {
        try await beforeWrite()
        let folder = link.path.removingLastComponent()
        for _ in 1...Self.tries {
            let lock = try FileLock.tryLock(folder: folder)
            if case .busy = lock {
                try await context.clock.sleep(for: .milliseconds(20))
                continue
            }
            guard try await isAsFound() else { throw NotSwitched(cause: changedMeanwhile) }
            try withExtendedLifetime(lock) { try write() }
            return
        }
        throw NotSwitched(cause: changedMeanwhile)
    }

    /// Whoever has the lock needs it for one rename.
    private static let tries = 100

    private var changedMeanwhile: StepError {
        StepError(
            "changed-meanwhile", "another run is switching \(name), or has just done so, so this one does not",
            help: "look at it: `\(inspection)`, and deploy again if it is not what you want", retry: .conflict)
    }

    public func bystanders(_ state: PointerState, goingTo version: ReleaseVersion) -> [String] { [] }

    /// A rename is never on its way: the process that made it is gone, or it is this one.
    public func fence(_ lastSigned: ContinuousClock.Instant, _ context: StepContext) async throws -> PointerState {
        try await state()
    }

    public func isLiveEverywhere() async throws -> Bool { true }
    public func waitUntilLive(_ context: StepContext) async throws {}
    public func dropCaches(_ paths: [String], _ context: StepContext) async throws {}
}

extension Pointer {
    public init(link name: String) {
        self.init(kind: LinkPointer.kind, name: name)
    }
}

extension OptionCheck where Content == String {
    /// A single name that no other part of the store uses.
    public static var linkName: Self {
        Self { name in
            guard (try? ReleaseVersion(name)) != nil else {
                return "must be one name of `A-Z a-z 0-9 . _ -`, such as `current`, not `\(name)`"
            }
            return name == "releases" ? "must not be `releases`, where the releases are" : nil
        }
    }
}
