internal import Glibc
internal import Synchronization

/// The programs that the commands of a run have left running in the background.
///
/// A step that has ended leaves them here. They live until the run's rollback and its `finally` steps are done, so that
/// those can still use them: a tunnel, or a server on this machine.
public final class BackgroundProcesses: Sendable {
    private struct Entry {
        var owner: String
        var group: pid_t
        var request: StopRequest
    }

    private struct Waiter {
        var entries: Set<Int>
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var nextID = 0
        var entries: [Int: Entry] = [:]
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// The ids of the steps that have left some running, sorted.
    public var owners: [String] {
        Set(state.withLock { $0.entries.values.map(\.owner) }).sorted()
    }

    /// Ends what one step has left running, or what all have, and returns when it has ended.
    ///
    /// Each process group gets SIGTERM, and SIGKILL after the grace of its command.
    public func end(of owner: String? = nil) async {
        await withCheckedContinuation { continuation in
            let requests = state.withLock { state in
                let entries = state.entries.filter { owner == nil || $0.value.owner == owner }
                if !entries.isEmpty {
                    state.waiters.append(Waiter(entries: Set(entries.keys), continuation: continuation))
                }
                return entries.values.map(\.request)
            }
            if requests.isEmpty { continuation.resume() }
            for request in requests { request.make() }
        }
    }

    /// Sends SIGTERM to every process group, and waits for none: the process is about to end.
    public func terminate() {
        state.withLock { state in
            for entry in state.entries.values { _ = kill(-entry.group, SIGTERM) }
        }
    }

    /// - Parameters:
    ///   - group: it must not be reused before `remove` is called.
    ///   - request: the request that the group's watch obeys.
    func add(_ owner: String, _ group: pid_t, _ request: StopRequest) -> Int {
        state.withLock { state in
            state.nextID += 1
            state.entries[state.nextID] = Entry(owner: owner, group: group, request: request)
            return state.nextID
        }
    }

    func remove(_ id: Int) {
        let ended = state.withLock { state in
            state.entries[id] = nil
            for index in state.waiters.indices { state.waiters[index].entries.remove(id) }
            let ended = state.waiters.filter(\.entries.isEmpty).map(\.continuation)
            state.waiters.removeAll(where: \.entries.isEmpty)
            return ended
        }
        for continuation in ended { continuation.resume() }
    }
}

/// What becomes of the programs that a command has started in the background, once the command itself has ended.
public enum BackgroundPolicy: Sendable {
    /// They are left alone. What they write is lost, and they get SIGPIPE for it.
    case abandoned
    /// They live, and their output is read, until `processes` ends them.
    case kept(in: BackgroundProcesses, owner: String)
    /// The command has a session of its own, and they live on after this process. What they write is thrown away.
    case detached
}
