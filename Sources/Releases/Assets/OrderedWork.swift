internal import Dispatch
public import PipelineKit
internal import Synchronization

/// Where results go, one by one and in order.
public protocol ResultSink: SendableMetatype {
    associatedtype Result: Sendable
    associatedtype Summary: Sendable

    mutating func take(_ result: Result) throws

    /// Called once, after the last result.
    mutating func finish() throws -> Summary
}

/// Works on a sequence with several threads, and hands the results out in the sequence's order, in memory that does not
/// grow with its length.
public enum OrderedWork {
    /// - Parameters:
    ///   - next: the next item, or nil at the end; called by one thread at a time.
    ///   - makeWorker: called once on each thread. What it returns works on an item, which comes with its number, and
    ///     may look at the flag if an item takes long.
    ///   - sink: gets the results in order; called by one thread at a time.
    /// - Throws: the first error of any of them, once all threads have ended; `CancellationError`.
    public static func run<Item: Sendable, Sink: ResultSink>(
        threads: Int, next: sending @escaping () throws -> Item?,
        makeWorker: @escaping @Sendable (CancellationFlag) throws -> (Int, Item) throws -> Sink.Result,
        sink: sending Sink
    ) async throws -> Sink.Summary {
        let threads = max(1, threads)
        let line = Line(next: next, sink: sink, window: 4 * threads)
        _ = try await BlockingWork.run(threads: threads) { _, flag in
            do {
                let work = try makeWorker(flag)
                while let batch = try line.nextBatch() {
                    var results: [Sink.Result] = []
                    results.reserveCapacity(batch.items.count)
                    for (offset, item) in batch.items.enumerated() {
                        try flag.check()
                        results.append(try work(batch.number * batchSize + offset, item))
                    }
                    try line.finish(batch.number, results)
                }
            } catch {
                line.abandon(threads: threads)
                throw error
            }
        }
        return try line.summary()
    }

    /// Items are taken in batches, so that threads seldom wait for each other.
    private static let batchSize = 16

    private struct Batch<Item: Sendable>: Sendable {
        let number: Int
        let items: [Item]
    }

    private final class Line<Item: Sendable, Sink: ResultSink>: Sendable {
        private struct Input {
            let next: () throws -> Item?
            var batches = 0
            var isAtEnd = false
        }

        private struct Output {
            var sink: Sink
            var done: [Int: [Sink.Result]] = [:]
            var nextNumber = 0
        }

        private let input: Mutex<Input>
        private let output: Mutex<Output>
        /// Limits how many batches are in progress or wait for an earlier one. The earliest of them always has its
        /// place.
        private let places = DispatchSemaphore(value: 0)
        private let isAbandoned = Atomic(false)

        init(next: sending @escaping () throws -> Item?, sink: sending Sink, window: Int) {
            input = Mutex(Input(next: next))
            output = Mutex(Output(sink: sink))
            for _ in 0..<window { places.signal() }
        }

        func nextBatch() throws -> Batch<Item>? {
            places.wait()
            guard !isAbandoned.load(ordering: .acquiring) else { return nil }
            let batch = try input.withLock { input -> Batch<Item>? in
                var items: [Item] = []
                while !input.isAtEnd && items.count < batchSize {
                    if let item = try input.next() { items.append(item) } else { input.isAtEnd = true }
                }
                guard !items.isEmpty else { return nil }
                defer { input.batches += 1 }
                return Batch(number: input.batches, items: items)
            }
            if batch == nil { places.signal() }
            return batch
        }

        func finish(_ number: Int, _ results: [Sink.Result]) throws {
            try output.withLock { output in
                output.done[number] = results
                while let ready = output.done.removeValue(forKey: output.nextNumber) {
                    for result in ready { try output.sink.take(result) }
                    output.nextNumber += 1
                    places.signal()
                }
            }
        }

        func summary() throws -> Sink.Summary {
            try output.withLock { try $0.sink.finish() }
        }

        /// Wakes the threads that wait for a place, because no more places will become free.
        func abandon(threads: Int) {
            isAbandoned.store(true, ordering: .releasing)
            for _ in 0..<threads { places.signal() }
        }
    }
}
