internal import Glibc
internal import Subprocess
internal import SystemPackage

/// Reads the output of a running child, and ends its process group on request. It is a loop on its own thread.
///
/// It must run before the child is reaped: until then its process id, which is also its group's, is not reused.
struct ChildWatch {
    /// How long output is still read after the child has ended. What the child itself wrote is there at once, but a
    /// program that it started in the background may hold the pipe open forever.
    static let lingering = Duration.milliseconds(200)

    private let child: ProcessIdentifier
    private let grace: Duration
    private let clock: any RunClock
    private let request: StopRequest
    private let output: @Sendable (OutputLine) -> Void
    private var standardOutput: OutputReader
    private var standardError: OutputReader
    private var hasEnded = false
    private var isStopping = false
    /// The time at which the lingering or the grace ends.
    private var deadline: ContinuousClock.Instant?

    init(
        _ child: ProcessIdentifier, _ standardOutput: FileDescriptor, _ standardError: FileDescriptor,
        grace: Duration, clock: any RunClock, request: StopRequest, output: @escaping @Sendable (OutputLine) -> Void
    ) {
        self.child = child
        self.standardOutput = OutputReader(standardOutput, .output)
        self.standardError = OutputReader(standardError, .error)
        self.grace = grace
        self.clock = clock
        self.request = request
        self.output = output
    }

    /// Returns when the child has ended and its output is read.
    mutating func run() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            waitForNews()
            // This comes before the pipes are read: once the child has ended, all that it wrote is in them.
            noticeEnd()
            standardOutput.drain(into: buffer, output)
            standardError.drain(into: buffer, output)
            if hasEnded && (isRead || isOverdue) { break }
            if request.isMade && !isStopping {
                isStopping = true
                signal(SIGTERM)
                deadline = clock.now.advanced(by: grace)
            } else if isStopping && isOverdue {
                signal(SIGKILL)
                deadline = clock.now.advanced(by: Self.lingering)
            }
        }
        standardOutput.finish(output)
        standardError.finish(output)
        // Nothing must remain of a group that was told to end.
        if isStopping { signal(SIGKILL) }
    }

    private mutating func noticeEnd() {
        guard !hasEnded else { return }
        var info = siginfo_t()
        let result = waitid(P_PID, id_t(child.value), &info, WEXITED | WNOHANG | WNOWAIT)
        guard result == 0 && info.si_signo == SIGCHLD else { return }
        hasEnded = true
        if !isStopping { deadline = clock.now.advanced(by: Self.lingering) }
    }

    private func signal(_ number: Int32) {
        _ = kill(-child.value, number)
    }

    private var isRead: Bool { standardOutput.isAtEnd && standardError.isAtEnd }
    private var isOverdue: Bool { deadline.map { $0 <= clock.now } ?? false }

    private func waitForNews() {
        let descriptors = [
            standardOutput.isAtEnd ? nil : standardOutput.pipe.rawValue,
            standardError.isAtEnd ? nil : standardError.pipe.rawValue,
            hasEnded ? nil : child.processDescriptor,
            isStopping ? nil : request.wakeUp.rawValue,
        ]
        var entries = descriptors.compactMap { $0 }.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        _ = poll(&entries, nfds_t(entries.count), timeout)
    }

    /// The timeout of `poll` in milliseconds; -1 waits for an event only.
    private var timeout: Int32 {
        let left = deadline.map { Int32(clamping: max(0, clock.now.duration(to: $0).inMilliseconds + 1)) }
        // A kernel without process descriptors (before 5.4) does not report the end.
        let isUntold = !hasEnded && child.processDescriptor < 0
        return isUntold ? min(20, left ?? 20) : left ?? -1
    }
}
