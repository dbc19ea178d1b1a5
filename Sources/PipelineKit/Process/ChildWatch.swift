internal import Glibc
internal import Subprocess
internal import SystemPackage

/// Reads the output of a running child, and ends its process group when asked: a loop on a thread of its own.
///
/// It must run before the child is reaped: until then its number, which is also its group's, is given to nobody else.
struct ChildWatch {
    /// How long output is still read after the child has ended. What it wrote itself is there at once, but a program
    /// that it started in the background may hold the pipe open for ever.
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
    /// When the lingering or the grace is over.
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
            // Looked at before the pipes are read: once it is true, all that the child wrote is in them.
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
        // Of a group that was told to go, nothing stays behind.
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

    /// In milliseconds; -1 waits for news alone.
    private var timeout: Int32 {
        let left = deadline.map { Int32(clamping: max(0, clock.now.duration(to: $0).inMilliseconds + 1)) }
        // A kernel without process descriptors (before 5.4) gives no news of the end.
        let isUntold = !hasEnded && child.processDescriptor < 0
        return isUntold ? min(20, left ?? 20) : left ?? -1
    }
}
