package import ObjectStorage
package import PipelineKit
internal import Synchronization
internal import SystemPackage

/// Brings objects into a bucket, as many at the same time as the bucket bears.
package struct BucketTransfer: Sendable {
    private let sender: ObjectSender
    private let window: SharedWindow
    private let clock: any RunClock
    private let progress: Progress
    /// How many objects there will be; nil if nobody has counted them.
    private let total: Int?
    private let requireOwn: (@Sendable () async throws -> Void)?

    /// The time between two looks at whether the objects are still this run's.
    static let timeBetweenLooks = Duration.seconds(5)
    /// With 30 ms to a request, as to a region, this many send 8,000 small files a second.
    static let maximumConcurrency = 256
    static let nearConcurrency = 64

    /// - Parameter requireOwn: throws if the objects have become another run's; nil if they are nobody's.
    package init(
        _ objects: any ObjectStorage, clock: any RunClock, concurrency: Int?, partSize: Int, of total: Int? = nil,
        _ progress: Progress, requireOwn: (@Sendable () async throws -> Void)? = nil
    ) {
        let window = SharedWindow(
            concurrency.map { ConcurrencyWindow(maximum: $0) }
                ?? ConcurrencyWindow(maximum: Self.maximumConcurrency, nearMaximum: Self.nearConcurrency))
        self.window = window
        self.clock = clock
        self.progress = progress
        self.total = total
        self.requireOwn = requireOwn
        let watched = objects.reportingRetries { error in
            if ConcurrencyWindow.asksForLess(error) { window.slowedDown() }
        }
        sender = ObjectSender(watched, clock: clock, partSize: partSize, requireOwn: requireOwn)
    }

    /// - Parameter next: gives the jobs; called by one task.
    package func run(_ next: (_ count: Int) throws -> [ObjectJob]) async throws -> TransferCounts {
        try await run(next, placed: { _ in })
    }

    /// - Parameters:
    ///   - next: gives the jobs; called by one task.
    ///   - placed: called by that task with each object that is as wanted, in no order.
    func run(
        _ next: (_ count: Int) throws -> [ObjectJob], placed: (PlacedObject) throws -> Void
    ) async throws -> TransferCounts {
        try await withThrowingTaskGroup(of: (Int, Placement, Duration).self) { group in
            var sum = TransferCounts()
            var underWay = 0
            var lastLook = clock.now
            func finish(_ done: (jobs: Int, placement: Placement, elapsed: Duration)) throws {
                underWay -= done.jobs
                sum = sum + done.placement.counts
                for object in done.placement.objects { try placed(object) }
                window.succeeded(done.jobs, in: done.elapsed)
                progress(
                    .init(
                        done: sum.uploaded + sum.copied + sum.skipped, total: total, unit: "files", bytes: sum.bytes))
            }
            while true {
                let limit = window.limit
                if underWay >= limit {
                    if let done = try await group.next() { try finish(done) }
                    continue
                }
                if let requireOwn, lastLook.duration(to: clock.now) >= Self.timeBetweenLooks {
                    try await requireOwn()
                    lastLook = clock.now
                }
                // Several batches under way: none of them waits for the slowest of all.
                let jobs = try next(min(limit - underWay, max(1, limit / 4)))
                if jobs.isEmpty { break }
                underWay += jobs.count
                group.addTask {
                    let began = clock.now
                    let placement = try await sender.place(jobs)
                    return (jobs.count, placement, began.duration(to: clock.now))
                }
            }
            while let done = try await group.next() { try finish(done) }
            return sum
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
