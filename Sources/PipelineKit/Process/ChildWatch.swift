internal import Glibc
internal import SystemPackage

/// Reads the output of a running child, and ends its process group on request. It is a loop on its own thread.
///
/// It must run before the child is reaped: until then its process id, which is also its group's, is not reused.
struct ChildWatch {
    /// How long output is still read after the child has ended. What the child itself wrote is there at once, but a
    /// program that it started in the background may hold the pipe open forever.
    static let lingering = Duration.milliseconds(200)

    /// How often a group that was told to end is looked at.
    private static let interval = Duration.milliseconds(50)

    private let child: ChildProcess
    private let group: ProcessGroup
    private let grace: Duration
    private let clock: any RunClock
    private let request: StopRequest
    private let output: @Sendable (OutputLine) -> Void
    private var standardOutput: OutputReader
    private var standardError: OutputReader
    private var status: ExitStatus?
    private var isStopping = false
    /// The time at which the lingering or the grace ends.
    private var deadline: ContinuousClock.Instant?

    init(
        _ child: ChildProcess, _ standardOutput: FileDescriptor, _ standardError: FileDescriptor,
        grace: Duration, clock: any RunClock, request: StopRequest, output: @escaping @Sendable (OutputLine) -> Void
    ) {
        self.child = child
        self.group = ProcessGroup(leader: child.id)
        self.standardOutput = OutputReader(standardOutput, .output)
        self.standardError = OutputReader(standardError, .error)
        self.grace = grace
        self.clock = clock
        self.request = request
        self.output = output
    }

    /// Returns when the child has ended and its output is read. With `kept`, it returns when the background programs
    /// have ended as well.
    ///
    /// - Parameter left: called if the child has ended and the background programs are kept.
    /// - Returns: the pipes that a detached program still writes to.
    mutating func run(
        _ policy: BackgroundPolicy, left: @Sendable (ExitStatus) -> Void
    ) -> [FileDescriptor] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer { buffer.deallocate() }
        watchChild(buffer)
        var open: [FileDescriptor] = []
        if let status, !isStopping {
            switch policy {
            case .abandoned: break
            case .kept(let processes, let owner):
                guard !isRead || group.hasMembers else { break }
                let entry = processes.add(owner, child.id, request)
                left(status)
                watchBackground(buffer)
                finish()
                processes.remove(entry)
            case .detached:
                open = [standardOutput, standardError].filter { !$0.isAtEnd }.map(\.pipe)
            }
        }
        finish()
        return open
    }

    private mutating func watchChild(_ buffer: UnsafeMutableRawBufferPointer) {
        while true {
            waitForNews(atMost: nil)
            // This comes before the pipes are read: once the child has ended, all that it wrote is in them.
            noticeEnd()
            drain(into: buffer)
            if status != nil && (isRead || isOverdue) { return }
            if request.isMade && !isStopping {
                stop()
            } else if isStopping && isOverdue {
                group.signal(SIGKILL)
                deadline = clock.now.advanced(by: Self.lingering)
            }
        }
    }

    /// Reads what the background programs write, so that none of them meets a closed pipe, until there is none, or until
    /// they are told to end and have ended.
    private mutating func watchBackground(_ buffer: UnsafeMutableRawBufferPointer) {
        deadline = nil
        while isStopping ? !isOverdue && group.hasMembers : !isRead || group.hasMembers {
            waitForNews(atMost: isStopping ? Self.interval : nil)
            drain(into: buffer)
            if request.isMade && !isStopping { stop() }
        }
        drain(into: buffer)
    }

    private mutating func stop() {
        isStopping = true
        group.signal(SIGTERM)
        deadline = clock.now.advanced(by: grace)
    }

    private mutating func noticeEnd() {
        guard status == nil, let ended = child.peek() else { return }
        status = ended
        if !isStopping { deadline = clock.now.advanced(by: Self.lingering) }
    }

    private mutating func drain(into buffer: UnsafeMutableRawBufferPointer) {
        standardOutput.drain(into: buffer, output)
        standardError.drain(into: buffer, output)
    }

    private mutating func finish() {
        standardOutput.finish(output)
        standardError.finish(output)
        // Nothing must remain of a group that was told to end.
        if isStopping { group.signal(SIGKILL) }
    }

    private var isRead: Bool { standardOutput.isAtEnd && standardError.isAtEnd }
    private var isOverdue: Bool { deadline.map { $0 <= clock.now } ?? false }

    /// - Parameter limit: nil waits for an event only.
    private func waitForNews(atMost limit: Duration?) {
        let descriptors = [
            standardOutput.isAtEnd ? nil : standardOutput.pipe.rawValue,
            standardError.isAtEnd ? nil : standardError.pipe.rawValue,
            status != nil ? nil : child.descriptor,
            isStopping ? nil : request.wakeUp.rawValue,
        ]
        var entries = descriptors.compactMap { $0 }.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        _ = poll(&entries, nfds_t(entries.count), timeout(atMost: limit))
    }

    /// The timeout of `poll` in milliseconds; -1 waits for an event only.
    private func timeout(atMost limit: Duration?) -> Int32 {
        let left = deadline.map { Int32(clamping: max(0, clock.now.duration(to: $0).inMilliseconds + 1)) }
        // A kernel without process descriptors does not report the end.
        let isUntold = status == nil && child.descriptor < 0
        let limits = [left, limit.map { Int32(clamping: $0.inMilliseconds) }, isUntold ? 20 : nil]
        return limits.compactMap { $0 }.min() ?? -1
    }
}
