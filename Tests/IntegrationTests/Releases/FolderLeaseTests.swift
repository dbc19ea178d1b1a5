import Glibc
import PipelineKit
import Releases
import SystemPackage
import Testing
import TestSupport

@Suite struct FolderLeaseTests {
    let folder: TemporaryFolder
    let resource: Resource

    init() throws {
        folder = try TemporaryFolder()
        resource = FolderStore(folder["my store %"]).resource
    }

    private func owner(_ run: String) -> LeaseOwner {
        LeaseOwner(runID: run, pipeline: "deploy", host: "here", processID: 42, since: "2026-01-01T00:00:00Z")
    }

    @Test func oneRunAtATime() async throws {
        let provider = FolderLeaseProvider()
        let lease = try await provider.acquire(resource, owner: owner("run-1"))
        try await lease.confirm()
        let held = await #expect(throws: LeaseHeld.self) {
            try await provider.acquire(resource, owner: owner("run-2"))
        }
        #expect(held?.owner == owner("run-1") && held?.resource == resource)
        await lease.release()
        await #expect(throws: LeaseLost.self) { try await lease.confirm() }
        let next = try await provider.acquire(resource, owner: owner("run-2"))
        try await next.confirm()
        await lease.release()
        try await next.confirm()
        #expect(try DurableFile.read(folder["my store %/.runner/lease.json"]).isEmpty == false)
        await next.release()
    }

    /// The record of a run that was killed says nothing: only the lock counts.
    @Test func aRecordThatWasLeftDoesNotHold() async throws {
        try folder.write("{\"runID\":\"dead\"", to: "my store %/.runner/lease.json")
        let lease = try await FolderLeaseProvider().acquire(resource, owner: owner("run-1"))
        try await lease.confirm()
    }

    @Test func theLockOfAnotherProcessHolds() async throws {
        let path = folder["my store %/.runner/lease.lock"]
        try folder.write("", to: "my store %/.runner/lease.lock")
        let lock = try #require(try FileLock.tryLock(path))
        let held = await #expect(throws: LeaseHeld.self) {
            try await FolderLeaseProvider().acquire(resource, owner: owner("run-1"))
        }
        #expect(held?.owner == nil)
        withExtendedLifetime(lock) {}
    }

    @Test func aDeletedLockFileIsALostLease() async throws {
        let lease = try await FolderLeaseProvider().acquire(resource, owner: owner("run-1"))
        unlink(folder["my store %/.runner/lease.lock"].string)
        await #expect(throws: LeaseLost.self) { try await lease.confirm() }
        let other = try await FolderLeaseProvider().acquire(resource, owner: owner("run-2"))
        await #expect(throws: LeaseLost.self) { try await lease.confirm() }
        try await other.confirm()
    }

    @Test func aBucketsLeaseIsThatOfTheStateFolder() async throws {
        let provider = MachineLeaseProvider(folder["state/leases"])
        let bucket = Resource(url: "s3://bucket/site")
        let lease = try await provider.acquire(bucket, owner: owner("run-1"))
        let held = await #expect(throws: LeaseHeld.self) {
            try await MachineLeaseProvider(folder["state/leases"]).acquire(bucket, owner: owner("run-2"))
        }
        #expect(held?.owner == owner("run-1"))
        let beside = try await provider.acquire(Resource(url: "s3://bucket/other"), owner: owner("run-2"))
        try await beside.confirm()
        try await lease.confirm()
        await lease.release()
        _ = try await provider.acquire(bucket, owner: owner("run-2"))
    }
}
