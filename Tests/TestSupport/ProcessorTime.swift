import Glibc

/// The processor time that this thread has used, which no other test can take away.
public enum ProcessorTime {
    public static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// - Returns: how much of it the work takes.
    public static func of(_ work: () throws -> Void) rethrows -> Duration {
        let began = now
        try work()
        return now - began
    }
}
