internal import Synchronization
internal import SystemPackage

/// Asks the thread that watches a child to end it. Any task can make the request.
final class StopRequest: Sendable {
    private let requested = Atomic(false)
    private let pipe: ChildPipe

    init() throws {
        pipe = try ChildPipe()
    }

    deinit {
        pipe.close()
    }

    /// Becomes readable with the request, to wake a `poll`.
    var wakeUp: FileDescriptor { pipe.readEnd }

    var isMade: Bool { requested.load(ordering: .acquiring) }

    func make() {
        requested.store(true, ordering: .releasing)
        _ = try? pipe.writeEnd.writeAll([1])
    }
}
