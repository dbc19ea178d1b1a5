import Glibc
import PipelineKit
import Releases
import Synchronization
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

    /// Whoever can open the lock's file can hold it for ever.
    @Test(arguments: [(0o755, 0o600), (0o775, 0o660), (0o2775, 0o660), (0o777, 0o660), (0o2755, 0o600)])
    func onlyThoseWhoMayDeployCanTakeIt(ofFolder: Int, ofLock: Int) async throws {
        let path = folder["my store %"]
        try DurableFile.makeFolder(path)
        chmod(path.string, mode_t(ofFolder))
        // As runners before have left it.
        try folder.write("", to: "my store %/.runner/lease.lock")
        for old in [0o644, 0o666] {
            chmod(path.string + "/.runner/lease.lock", mode_t(old))
            let lease = try await FolderLeaseProvider().acquire(resource, owner: owner("run-1"))
            #expect(mode("my store %/.runner/lease.lock") == ofLock)
            await lease.release()
        }
        unlink(path.string + "/.runner/lease.lock")
        let lease = try await FolderLeaseProvider().acquire(resource, owner: owner("run-1"))
        #expect(mode("my store %/.runner/lease.lock") == ofLock)
        await lease.release()
    }

    private func mode(_ name: String) -> Int? {
        var status = stat()
        return lstat(folder[name].string, &status) == 0 ? Int(status.st_mode) & 0o7777 : nil
    }

    @Test func aFolderThatOnlyTheLeaseHasMadeGoesWithIt() async throws {
        let lease = try await FolderLeaseProvider().acquire(resource, owner: owner("run-1"))
        await lease.release()
        #expect(try !FileStatus.isFolder(folder["my store %"]))
        // Something came into it.
        let used = try await FolderLeaseProvider().acquire(resource, owner: owner("run-2"))
        try folder.write("", to: "my store %/.runner/store.json")
        await used.release()
        #expect(try DurableFile.entries(of: folder["my store %/.runner"]).sorted() == ["lease.lock", "store.json"])
        // It was there before.
        unlink(folder["my store %/.runner/store.json"].string)
        let later = try await FolderLeaseProvider().acquire(resource, owner: owner("run-3"))
        await later.release()
        #expect(try DurableFile.entries(of: folder["my store %/.runner"]) == ["lease.lock"])
    }

    /// What a lease asks after it has locked its file, and before each write.
    @Test func aLockIsOnItsFileAlone() throws {
        let path = folder["lock"]
        let lock = try #require(try FileLock.tryLock(path))
        #expect(try lock.isOn(path))
        unlink(path.string)
        #expect(try !lock.isOn(path))
        let next = try #require(try FileLock.tryLock(path))
        #expect(try next.isOn(path) && !lock.isOn(path))
    }

    private final class Holders: Sendable {
        let counts = Mutex((now: 0, most: 0, taken: 0, held: 0))
    }

    /// Many take it at the same moment, and each deletes the folder: never have two of them it at once.
    @Test func leasesThatDeleteTheFolderExcludeEachOther() async throws {
        let holders = Holders()
        let (resource, owners) = (resource, (0..<8).map { owner("run-\($0)") })
        try await withThrowingTaskGroup { group in
            for owner in owners {
                group.addTask {
                    for _ in 0..<100 {
                        do {
                            let lease = try await FolderLeaseProvider().acquire(resource, owner: owner)
                            holders.counts.withLock { ($0.now, $0.most) = ($0.now + 1, max($0.most, $0.now + 1)) }
                            try await lease.confirm()
                            holders.counts.withLock { ($0.now, $0.taken) = ($0.now - 1, $0.taken + 1) }
                            await lease.release()
                        } catch is LeaseHeld {
                            holders.counts.withLock { $0.held += 1 }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let counts = holders.counts.withLock { $0 }
        #expect(counts.most == 1 && counts.taken > 8 && counts.held > 8, "\(counts)")
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
