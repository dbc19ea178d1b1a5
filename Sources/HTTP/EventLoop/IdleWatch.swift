/// How long a transfer has stood still.
///
/// libcurl has a limit of this kind (`CURLOPT_LOW_SPEED_TIME`), but it counts what it has given to the kernel: over a slow
/// line, megabytes wait there, and a transfer that makes progress looks as if it stood still.
struct IdleWatch {
    /// What has happened so far, in bytes. Any change is progress.
    struct Moved: Hashable {
        var sent = 0
        var received = 0
        /// Given to the kernel and not acknowledged by the other side.
        var waiting = 0
    }

    /// How often it is looked at.
    static let interval = Duration.milliseconds(250)

    let limit: Duration
    private var last = Moved()
    private var since: ContinuousClock.Instant?

    init(limit: Duration) {
        self.limit = limit
    }

    /// Notes what has moved.
    ///
    /// - Returns: the limit, if nothing has moved for that long.
    mutating func exceeded(_ moved: Moved, at now: ContinuousClock.Instant) -> Duration? {
        guard moved == last, let since else {
            (last, since) = (moved, now)
            return nil
        }
        return since.duration(to: now) >= limit ? limit : nil
    }
}
