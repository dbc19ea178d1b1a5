internal import AWS
internal import PipelineKit
internal import Synchronization
internal import SystemPackage

/// Brings objects into a bucket, as many at the same time as the bucket bears.
struct BucketTransfer: Sendable {
    private let sender: ObjectSender
    private let window: SharedWindow
    private let clock: any RunClock
    private let progress: Progress

    /// S3's own limit for copies in one call, in bytes.
    static let largestCopy = 5 << 30
    /// With 30 ms to a request, as to a region, this many send 8,000 small files a second.
    static let maximumConcurrency = 256
    static let nearConcurrency = 64

    init(_ client: S3Client, clock: any RunClock, concurrency: Int?, partSize: Int, _ progress: Progress) {
        let window = SharedWindow(
            concurrency.map { ConcurrencyWindow(maximum: $0) }
                ?? ConcurrencyWindow(maximum: Self.maximumConcurrency, nearMaximum: Self.nearConcurrency))
        self.window = window
        self.clock = clock
        self.progress = progress
        let watched = client.reportingRetries { error in
            if error.retryClass == .throttle { window.slowedDown() }
        }
        sender = ObjectSender(client: watched, clock: clock, partSize: partSize)
    }

    /// - Parameter next: gives the jobs; called by one task.
    func run(_ next: (_ count: Int) throws -> [ObjectJob]) async throws -> TransferCounts {
        try await withThrowingTaskGroup(of: (Int, TransferCounts, Duration).self) { group in
            var total = TransferCounts()
            var underWay = 0
            func settle(_ done: (jobs: Int, counts: TransferCounts, elapsed: Duration)) {
                underWay -= done.jobs
                total = total + done.counts
                window.succeeded(done.jobs, in: done.elapsed)
                progress(
                    .init(
                        done: total.uploaded + total.copied + total.skipped, total: nil, unit: "files",
                        bytes: total.bytes))
            }
            while true {
                let limit = window.limit
                if underWay >= limit {
                    if let done = try await group.next() { settle(done) }
                    continue
                }
                // Several batches under way: none of them waits for the slowest of all.
                let jobs = try next(min(limit - underWay, max(1, limit / 4)))
                if jobs.isEmpty { break }
                underWay += jobs.count
                group.addTask {
                    let began = clock.now
                    let counts = try await sender.place(jobs)
                    return (jobs.count, counts, began.duration(to: clock.now))
                }
            }
            while let done = try await group.next() { settle(done) }
            return total
        }
    }
}

/// The window, as several tasks see it.
private final class SharedWindow: Sendable {
    private let window: Mutex<ConcurrencyWindow>

    init(_ window: ConcurrencyWindow) {
        self.window = Mutex(window)
    }

    var limit: Int { window.withLock(\.limit) }
    func succeeded(_ count: Int, in elapsed: Duration) { window.withLock { $0.succeeded(count, in: elapsed) } }
    func slowedDown() { window.withLock { $0.slowedDown() } }
}
