import FoundationEssentials
import Logging
import PipelineKit
import Synchronization
import TestSupport
import Testing

@testable import AWS

/// When credentials are renewed, and by how many at once.
@Suite struct CredentialCacheTests {
    let clock = TestClock()

    /// Gives key after key, each good for a time.
    final class Source: CredentialSource {
        private let count = Mutex(0)
        private let find: @Sendable (Int) async throws -> CredentialFinding

        init(_ find: @escaping @Sendable (Int) async throws -> CredentialFinding) {
            self.find = find
        }

        var asked: Int { count.withLock { $0 } }

        func find() async throws -> CredentialFinding {
            try await find(
                count.withLock { count in
                    count += 1
                    return count
                })
        }
    }

    func cache(_ source: Source) -> CredentialCache {
        CredentialCache(source, clock: clock, logger: .silent)
    }

    /// Good for an hour each.
    func hourly() -> Source {
        Source { [clock] in .found(.temporary("K\($0)", expiresIn: 3_600, from: clock)) }
    }

    @Test func keepsCredentialsUntilShortlyBeforeTheyExpire() async throws {
        let source = hourly()
        let cache = cache(source)
        #expect(try await cache.credentials().accessKeyID == "K1")
        clock.advance(by: .seconds(3_299))
        #expect(try await cache.credentials().accessKeyID == "K1")
        clock.advance(by: .seconds(1))
        #expect(try await cache.credentials().accessKeyID == "K2")
        #expect(source.asked == 2)
    }

    @Test func keepsKeysThatDoNotExpire() async throws {
        let source = Source { _ in .found(.test) }
        let cache = cache(source)
        for _ in 0..<3 {
            _ = try await cache.credentials()
            clock.advance(by: .seconds(1e6))
        }
        #expect(source.asked == 1)
    }

    @Test(.timeLimit(.minutes(15))) func refreshesOnceForAll() async throws {
        let gate = Gate()
        let source = Source { number in
            await gate.wait()
            return .found(.temporary("K\(number)"))
        }
        let cache = cache(source)
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await cache.credentials().accessKeyID } }
            while source.asked == 0 { await Task.yield() }
            gate.open()
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(ids == ["K1"])
        #expect(source.asked == 1)
    }

    @Test func usesOldCredentialsWhileTheyAreGood() async throws {
        let source = Source { [clock] number in
            if number > 1 { throw CredentialError(.refused, "no") }
            return .found(.temporary("K1", expiresIn: 3_600, from: clock))
        }
        let cache = cache(source)
        _ = try await cache.credentials()
        clock.advance(by: .seconds(3_400))
        for _ in 0..<5 { #expect(try await cache.credentials().accessKeyID == "K1") }
        // The refresh that failed is not retried at once.
        #expect(source.asked == 2)
        clock.advance(by: .seconds(31))
        #expect(try await cache.credentials().accessKeyID == "K1")
        #expect(source.asked == 3)
        clock.advance(by: .seconds(170))
        await #expect(throws: CredentialError.self) { try await cache.credentials() }
    }

    @Test func replacesWhatWasRefusedOnce() async throws {
        let source = Source { .found(.temporary("K\($0)")) }
        let cache = cache(source)
        let first = try await cache.credentials()
        #expect(try await cache.credentials(insteadOf: first)?.accessKeyID == "K2")
        // A later call was signed with the same, old credentials.
        #expect(try await cache.credentials(insteadOf: first)?.accessKeyID == "K2")
        #expect(source.asked == 2)
    }

    @Test func hasNoOthersWhereThePlaceGivesTheSame() async throws {
        let cache = cache(Source { _ in .found(.temporary("K")) })
        let first = try await cache.credentials()
        #expect(try await cache.credentials(insteadOf: first) == nil)
    }

    @Test(.timeLimit(.minutes(15))) func cancelsARefreshThatNobodyWaitsFor() async throws {
        let wasCancelled = Mutex(false)
        let source = Source { number in
            guard number == 1 else { return .found(.temporary("K\(number)")) }
            while !Task.isCancelled { await Task.yield() }
            wasCancelled.withLock { $0 = true }
            throw CancellationError()
        }
        let cache = cache(source)
        let waiter = Task { try await cache.credentials() }
        while source.asked == 0 { await Task.yield() }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        #expect(wasCancelled.withLock { $0 })
        #expect(try await cache.credentials().accessKeyID == "K2")
    }

    @Test(.timeLimit(.minutes(15))) func oneCancelledTaskTakesNothingFromTheOthers() async throws {
        let gate = Gate()
        let source = Source { number in
            await gate.wait()
            try Task.checkCancellation()
            return .found(.temporary("K\(number)"))
        }
        let cache = cache(source)
        let first = Task { try await cache.credentials() }
        while source.asked == 0 { await Task.yield() }
        let second = Task { try await cache.credentials() }
        while gate.isClosed, cache.waiting < 2 { await Task.yield() }
        first.cancel()
        gate.open()
        #expect(try await second.value.accessKeyID == "K1")
        await #expect(throws: CancellationError.self) { try await first.value }
    }
}

/// Holds tasks back until it is opened.
final class Gate: Sendable {
    private let state = Mutex(false)

    var isClosed: Bool { !state.withLock { $0 } }

    func open() { state.withLock { $0 = true } }

    func wait() async {
        while isClosed { await Task.yield() }
    }
}
