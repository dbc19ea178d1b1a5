import AWS
import FoundationEssentials
import ObjectStorage
import PipelineKit
import Synchronization
import TestSupport
import Testing

@testable import Releases

/// The lease of a bucket: who gets it, and how long whoever has it may write.
@Suite struct BucketLeaseTests {
    private let clock = ManualClock()
    private static let resource = Resource(url: "s3://b/p")
    private static let key = "p/.runner/lease.json"

    private func store(_ server: LeaseServer) -> BucketStore {
        BucketStore(S3Client(bucket: "b", prefix: "p", sender: server), prefix: "p", clock: clock)
    }

    private func request(_ run: String, after ended: String? = nil) -> LeaseRequest {
        let owner = LeaseOwner(
            runID: run, pipeline: "deploy", host: "build-1", processID: 7, since: "2026-01-01T00:00:00Z",
            job: CIJob(name: "GitHub Actions", url: "https://ci.example/1"))
        return LeaseRequest(
            Self.resource, owner: owner, ended: ended, context: .test(runID: run, clock: clock, random: .system))
    }

    private func acquire(
        _ run: String, after ended: String? = nil, _ server: LeaseServer,
        _ provider: BucketLeaseProvider = BucketLeaseProvider()
    ) async throws -> BucketLease {
        try await provider.acquire(request(run, after: ended), in: store(server))
    }

    private func nonce(_ lease: BucketLease) throws -> String { try #require(lease.holding).nonce }

    private func record(_ server: LeaseServer) throws -> LeaseRecord {
        let text = try #require(server.text(Self.key))
        return try JSONDecoder().decode(LeaseRecord.self, from: Data(text.utf8))
    }

    private func refusal(_ run: String, _ server: LeaseServer) async throws -> LeaseHeld {
        try #require(await #expect(throws: LeaseHeld.self) { try await acquire(run, server) })
    }

    /// What a deadline says: true if the run may write.
    private func mayWrite(_ lease: BucketLease) -> Bool { (try? lease.deadline?.moment()) != nil }

    // MARK: - Taking it

    @Test func theFirstRunOfAStoreTakesItAndTriesTheConditionsOnce() async throws {
        let server = LeaseServer(clock)
        let lease = try await acquire("one", server)
        #expect(
            server.calls == [
                // Nothing is there, in neither place.
                "GetObject", "GetObject", "PutObject",
                // Two whose condition is false, and one whose condition holds.
                "PutObject", "PutObject", "PutObject",
            ])
        #expect(lease.holding?.takenOver == nil && lease.holding?.lastSigned == nil)
        let record = try record(server)
        #expect(record.state == .held && record.nonce == lease.holding?.nonce && record.keepsConditions)
        #expect(record.owner.job?.url == "https://ci.example/1" && record.seconds == 60)
        #expect(server.writes.count == 2)
    }

    @Test func everyLaterRunTakesItWithTwoCalls() async throws {
        let server = LeaseServer(clock)
        try await acquire("one", server).release()
        #expect(try record(server).state == .free)
        server.forgetCalls()
        let lease = try await acquire("two", server)
        #expect(server.calls == ["GetObject", "PutObject"])
        #expect(lease.holding?.takenOver == nil)
        #expect(try record(server).owner.runID == "two")
    }

    @Test func oneThatIsHeldSaysWhoHasItAndSinceWhen() async throws {
        let server = LeaseServer(clock)
        _ = try await acquire("one", server)
        clock.advance(by: .seconds(9))
        let held = try await refusal("two", server)
        #expect(
            held.message == "s3://b/p is in use by run one of pipeline deploy (process 7 on build-1, GitHub Actions "
                + "https://ci.example/1, since 2026-01-01T00:00:00Z, renewed 9s ago)")
    }

    @Test func anExpiredOneIsTakenOverAndTheHolderBeforeIsNamed() async throws {
        let server = LeaseServer(clock)
        let old = try await acquire("one", server)
        clock.advance(by: .seconds(61))
        // The store tells moments to the second: it may be less than a minute.
        _ = try await refusal("two", server)
        clock.advance(by: .seconds(1))
        let lease = try await acquire("two", server)
        #expect(lease.holding?.takenOver?.runID == "one" && lease.holding?.lastSigned == clock.now)
        #expect(try nonce(lease) != nonce(old) && record(server).nonce == nonce(lease))
    }

    /// Nobody who takes a lease meets a holder who may still write, to the last millisecond of either.
    @Test(arguments: [0, 300, 999]) func theHolderMayWriteNoLongerThanOthersWait(_ offset: Int) async throws {
        clock.advance(by: .milliseconds(offset))
        let server = LeaseServer(clock)
        let old = try await acquire("one", server)
        var waited = Duration.zero
        while true {
            do {
                _ = try await acquire("two", server)
                break
            } catch is LeaseHeld {
                clock.advance(by: .milliseconds(100))
                waited += .milliseconds(100)
            }
        }
        #expect(!mayWrite(old) && waited >= .seconds(60) && waited <= .seconds(64))
    }

    @Test func ofTwoThatTakeAnExpiredOneAtOnceOneGetsIt() async throws {
        let server = LeaseServer(clock)
        _ = try await acquire("one", server)
        clock.advance(by: .seconds(62))
        let winners = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask { (try? await acquire("run-\(number)", server)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
    }

    @Test func ofManyThatTakeAFreshOneAtOnceOneGetsIt() async throws {
        let server = LeaseServer(clock)
        let winners = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask { (try? await acquire("run-\(number)", server)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
    }

    @Test func aRunWhoseOwnProcessHasEndedDoesNotWait() async throws {
        let server = LeaseServer(clock)
        let old = try await acquire("one", server)
        let lease = try await acquire("one", after: nonce(old), server)
        #expect(lease.holding?.takenOver?.runID == "one")
        // Another holding is not meant.
        await #expect(throws: LeaseHeld.self) { try await acquire("one", after: nonce(old), server) }
    }

    /// The clock of a store that does not tell the time is this machine's.
    @Test func aStoreThatTellsNoTimeIsWatched() async throws {
        let server = LeaseServer(clock, tellsTime: false)
        let provider = BucketLeaseProvider()
        let old = try await acquire("one", server)
        clock.advance(by: .seconds(1_000))
        await #expect(throws: LeaseHeld.self) { try await acquire("two", server, provider) }
        clock.advance(by: .seconds(61))
        try await old.renew()
        await #expect(throws: LeaseHeld.self) { try await acquire("two", server, provider) }
        clock.advance(by: .seconds(61))
        await #expect(throws: LeaseHeld.self) { try await acquire("two", server, provider) }
        clock.advance(by: .seconds(1))
        #expect(try await acquire("two", server, provider).holding?.takenOver?.runID == "one")
    }

    /// A holder whose clock is ahead signs with a later date, which the service takes for longer.
    @Test func aClockThatIsAheadIsCountedIn() async throws {
        let server = LeaseServer(clock, behind: 0)
        _ = try await acquire("one", server)
        let text = try #require(server.text(Self.key))
        server.set(
            Self.key, text.replacing("2026-01-01T00:00:00Z\",\"seconds", with: "2026-01-01T00:01:40Z\",\"seconds"))
        clock.advance(by: .seconds(62))
        #expect(try await acquire("two", server).holding?.lastSigned == clock.now + .seconds(100))
    }

    @Test func aRecordOfANewerFormatIsLeftAlone() async throws {
        let server = LeaseServer(clock)
        server.set(Self.key, #"{"format":2,"state":"shared"}"#)
        await #expect(throws: NewerFormat.self) { try await acquire("one", server) }
        #expect(server.text(Self.key) == #"{"format":2,"state":"shared"}"#)
    }

    @Test func aRecordThatCannotBeReadIsNotReplaced() async throws {
        let server = LeaseServer(clock)
        server.set(Self.key, "what?")
        let error = await #expect(throws: StepError.self) { try await acquire("one", server) }
        #expect(error?.code == "bad-record" && server.text(Self.key) == "what?")
    }

    /// Nobody holds what a run has asked for that does not want it any more.
    @Test func aCancelledRunLeavesNoLease() async throws {
        let server = LeaseServer(clock)
        try await acquire("one", server).release()
        let task = Task { try await acquire("two", server) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try record(server).state == .free)
    }

    // MARK: - Lost replies

    @Test(arguments: [LeaseServer.Fault.lostReply, .lostRequest])
    func aLostReplyOfTheTakingIsUnderstood(_ fault: LeaseServer.Fault) async throws {
        let server = LeaseServer(clock)
        try await acquire("one", server).release()
        server.hurt("PutObject", fault)
        let lease = try await acquire("two", server)
        #expect(try record(server).nonce == nonce(lease) && mayWrite(lease))
    }

    @Test(arguments: [LeaseServer.Fault.lostReply, .lostRequest])
    func aLostReplyOfARenewalIsUnderstood(_ fault: LeaseServer.Fault) async throws {
        let server = LeaseServer(clock)
        let lease = try await acquire("one", server)
        clock.advance(by: .seconds(15))
        server.hurt("PutObject", fault)
        try await lease.renew()
        try await lease.renew()
        #expect(try record(server).state == .held && mayWrite(lease))
    }

    /// Neither the write nor the look has a reply: the next renewal finds its own record.
    @Test func aRenewalThatNobodyKnowsOfIsFoundByTheNext() async throws {
        let server = LeaseServer(clock)
        let lease = try await acquire("one", server)
        server.hurt("PutObject", .lostReply)
        server.hurt("GetObject", .lostRequest)
        await #expect(throws: (any Error).self) { try await lease.renew() }
        // The next one has another content.
        clock.advance(by: .seconds(5))
        try await lease.renew()
        try await lease.renew()
        #expect(mayWrite(lease))
    }

    @Test(arguments: [LeaseServer.Fault.lostReply, .lostRequest])
    func aLostReplyOfTheReturnIsUnderstood(_ fault: LeaseServer.Fault) async throws {
        let server = LeaseServer(clock)
        let lease = try await acquire("one", server)
        server.hurt("PutObject", fault)
        await lease.release()
        #expect(try record(server).state == .free && !mayWrite(lease))
    }

    // MARK: - Holding it

    @Test func theDeadlineCountsFromTheBeginningOfARenewal() async throws {
        let server = LeaseServer(clock)
        let lease = try await acquire("one", server)
        #expect(try lease.deadline?.moment() == clock.now + .seconds(60))
        clock.advance(by: .seconds(50))
        // The first try is lost, and what it takes to try again is not added.
        let began = clock.now
        server.hurt("PutObject", .lostRequest)
        try await lease.renew()
        #expect(clock.now > began)
        #expect(try lease.deadline?.moment() == began + .seconds(60))
        clock.advance(by: began.duration(to: clock.now) + .seconds(60))
        let error = #expect(throws: LeaseLost.self) { try lease.deadline?.moment() }
        #expect(error?.reason == .notRenewed && error?.retryClass == .network)
    }

    /// Nobody has taken it meanwhile: the ETag of its own last write shows that.
    @Test func aLateRenewalBringsItBack() async throws {
        let server = LeaseServer(clock)
        let lease = try await acquire("one", server)
        clock.advance(by: .seconds(300))
        #expect(!mayWrite(lease))
        try await lease.confirm()
        #expect(mayWrite(lease))
    }

    @Test func oneThatWasTakenOverIsLostForGood() async throws {
        let server = LeaseServer(clock)
        let old = try await acquire("one", server)
        clock.advance(by: .seconds(62))
        let new = try await acquire("two", server)
        let error = await #expect(throws: LeaseLost.self) { try await old.confirm() }
        #expect(error?.reason == .taken(by: new.holding?.takenOver.map { _ in request("two").owner }))
        #expect(error?.retryClass == .failure)
        server.forgetCalls()
        await #expect(throws: LeaseLost.self) { try await old.confirm() }
        await old.release()
        #expect(server.calls.count <= 2 && !mayWrite(old))
        #expect(try record(server).nonce == nonce(new) && record(server).state == .held)
    }

    @Test func oneWhoseRecordIsGoneIsLost() async throws {
        let server = LeaseServer(clock)
        let lease = try await acquire("one", server)
        server.set(Self.key, nil)
        let error = await #expect(throws: LeaseLost.self) { try await lease.confirm() }
        #expect(error?.reason == .taken(by: nil) && !mayWrite(lease))
    }

    @Test func itIsRenewedInTheBackgroundUntilItIsGivenBack() async throws {
        let server = LeaseServer(clock)
        let lease = try await acquire("one", server)
        lease.keepRenewing()
        for round in 1...8 {
            // The renewal before may still be at work, and has a limit.
            await clock.settle(sleeps: 1)
            clock.advance(by: .seconds(15))
            while server.writes.count < 2 + round { await Task.yield() }
            #expect(mayWrite(lease))
        }
        await lease.release()
        await clock.settle(0)
        #expect(try record(server).state == .free)
    }

    /// One that fails is tried again sooner, and there is time for several.
    @Test func renewalsThatFailAreTriedAgain() async throws {
        let server = LeaseServer(clock)
        let lease = try await acquire("one", server)
        lease.keepRenewing()
        await clock.settle(1)
        server.hurt("PutObject", .lostRequest, .lostRequest, .lostRequest, .lostRequest, .lostRequest)
        clock.advance(by: .seconds(15))
        let before = server.writes.count
        // The pauses between the tries move the time themselves.
        while server.writes.count == before { await Task.yield() }
        #expect(mayWrite(lease))
        await lease.release()
    }

    // MARK: - Broken ones

    @Test func aBrokenOneCanNeitherBeRenewedNorTakenAtOnce() async throws {
        let server = LeaseServer(clock)
        let lease = try await acquire("one", server)
        var broken = try record(server)
        broken.state = .broken
        server.set(Self.key, String(decoding: try BucketStore.bytes(of: broken), as: UTF8.self))
        #expect(try await refusal("two", server).message.contains("broken 0"))
        await #expect(throws: LeaseLost.self) { try await lease.confirm() }
        #expect(!mayWrite(lease))
        clock.advance(by: .seconds(62))
        #expect(try await acquire("two", server).holding?.takenOver?.runID == "one")
    }

    // MARK: - Stores without conditions

    @Test(arguments: [LeaseServer.Conditions.ignored, .refused, .onlyAbsent])
    func aStoreWithoutConditionsIsToldAndRemembered(_ conditions: LeaseServer.Conditions) async throws {
        let server = LeaseServer(clock, conditions)
        let error = await #expect(throws: NoConditionalWrites.self) { try await acquire("one", server) }
        #expect(error?.reason == (conditions == .ignored ? .ignored : .refused))
        #expect(error?.help?.contains("concurrency: none") == true)
        #expect(server.text(Self.key) == nil)
        #expect(server.text("p/.runner/store.json")?.contains(#""keepsConditions":false"#) == true)
        server.forgetCalls()
        await #expect(throws: NoConditionalWrites.self) { try await acquire("two", server) }
        #expect(server.calls == ["GetObject", "GetObject"])
    }

    /// Two runs at once must not each believe that it was first.
    @Test func ofTwoInAStoreThatIgnoresConditionsNoneGetsIt() async throws {
        let server = LeaseServer(clock, .ignored)
        let winners = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<8 { group.addTask { (try? await acquire("run-\(number)", server)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 0)
    }

    // MARK: - Who may write

    @Test func writesOfTheStoreEndWithTheDeadlineAndReadsDoNot() async throws {
        let server = LeaseServer(clock)
        let lease = try await acquire("one", server)
        let objects = S3Client(bucket: "b", sender: server, deadline: lease.deadline)
        let store = BucketStore(objects, prefix: "p", clock: clock)
        try await store.write([1], to: .format)
        clock.advance(by: .seconds(60))
        await #expect(throws: LeaseLost.self) { try await store.write([2], to: .format) }
        await #expect(throws: LeaseLost.self) { try await store.delete(.format) }
        #expect(try await store.read(.format) == [1])
    }
}
