import Digest
import Mirrors
import ObjectStorage
import PipelineKit
import Releases
import SyncStep
import SystemPackage
import TestSupport
import Testing

/// Whatever a storage lacks, releases come into it, are shared, taken up after an interruption, read back equal and deleted.
/// The storage is in memory, and fails the test if it is asked for what it lacks.
@Suite struct StorageCapabilityTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var name: String
        var etags = MemoryObjectStorage.ETags.md5
        /// Calls that such a storage must not see.
        var never: [String] = []
        var change: @Sendable (inout StorageCapabilities) -> Void = { _ in }

        var testDescription: String { name }

        var capabilities: StorageCapabilities {
            var capabilities = StorageCapabilities()
            capabilities.multipart?.minimumSize = 1
            change(&capabilities)
            return capabilities
        }
    }

    private static let conditions = ["PutObject if", "CopyObject if", "CompleteMultipartUpload if"]
    private static let parts = ["UploadPart", "CompleteMultipartUpload", "CompleteMultipartUpload if"]

    static let rows = [
        Row(name: "all that S3 has"),
        Row(name: "ETags that tell nothing", etags: .opaque),
        Row(name: "no conditions of a put", never: ["PutObject if"]) { $0.conditionalPut = [] },
        Row(name: "no conditions of a copy", never: ["CopyObject if"]) { $0.conditionalCopy = [] },
        Row(name: "no If-Match") {
            ($0.conditionalPut, $0.conditionalCopy, $0.conditionalJoin) = (.absent, .absent, .absent)
        },
        Row(name: "no deletion of many", never: ["DeleteObjects"]) { $0.deletion = .oneByOne },
        Row(name: "deletion of two", never: []) { $0.deletion = .batches(of: 2) },
        Row(name: "no parts", never: parts + ["ListMultipartUploads"]) { $0.multipart = nil },
        Row(name: "no checksums") { $0.keepsSHA256 = false },
        Row(name: "neither checksums nor ETags that tell", etags: .opaque) { $0.keepsSHA256 = false },
        Row(name: "no copies", never: ["CopyObject", "CopyObject if"]) { $0.copies = nil },
        Row(name: "copies of small objects alone") { $0.copies?.maximumSize = 2_000 },
        Row(name: "neither copies nor parts", never: ["CopyObject", "CopyObject if"] + parts) {
            ($0.copies, $0.multipart) = (nil, nil)
        },
        Row(
            name: "nothing", etags: .opaque,
            never: conditions + parts + ["CopyObject", "DeleteObjects", "ListMultipartUploads"]
        ) {
            ($0.conditionalPut, $0.conditionalCopy, $0.conditionalJoin) = ([], [], [])
            ($0.multipart, $0.copies, $0.keepsSHA256, $0.deletion) = (nil, nil, false, .oneByOne)
        },
    ]

    private static let large = String(repeating: "0123456789", count: 20_000)
    private static let first = ["a.txt": "a", "big.bin": large, "b/c.txt": "c", "b/é.txt": "é", "z.txt": "z"]
    private static let second = first.merging(["z.txt": "other", "new.txt": "new"]) { $1 }

    @Test(arguments: rows) func aSiteComesGoesAndIsTakenBack(_ row: Row) async throws {
        let site = try SiteFixture()
        let storage = MemoryObjectStorage(row.capabilities, etags: row.etags)
        let store = BucketStore(storage, prefix: "site", clock: TestClock())
        let bucket = MemoryBucket(site: site, store: store)

        let v1 = try await bucket.deploy("v1", Self.first, run: "run-1")
        #expect(v1.uploaded == 5 && v1.copied == 0)
        try expectFiles(Self.first, of: "v1", in: storage)

        // Unchanged files are copied, if the storage copies objects of their size.
        let v2 = try await bucket.deploy("v2", Self.second, after: "v1", run: "run-2")
        let largest = row.capabilities.copies?.maximumSize ?? 0
        let copied = ["a.txt", "big.bin", "b/c.txt", "b/é.txt"].count {
            Self.first[$0, default: ""].utf8.count <= largest
        }
        #expect(v2.copied == copied && v2.uploaded == 6 - copied)
        try expectFiles(Self.second, of: "v2", in: storage)

        // An upload that did not end is taken up: nothing is sent twice, and what is not wanted any more goes.
        let v3 = Self.first.merging(["gone.txt": "gone"]) { $1 }
        try await bucket.interrupt("v3", v3, run: "run-3")
        #expect(storage.keys.contains("site/releases/v3/gone.txt"))
        let taken = try await bucket.deploy("v3", Self.first, run: "run-4")
        #expect(taken.skipped == 5 && taken.uploaded == 0)
        try expectFiles(Self.first, of: "v3", in: storage)

        // Files of one release in another, as old pages ask for them.
        let files = try site.folder["overlap"].manifest(of: ["z.txt", "big.bin"], Self.first, version: "v1")
        storage.forget("site/releases/v3/big.bin")
        try await store.copyFiles(
            namedBy: files, from: try ReleaseVersion("v1"), into: try ReleaseVersion("v3"),
            in: try site.context(run: "run-5"))
        try expectFiles(Self.first, of: "v3", in: storage)

        #expect(try await store.retire(try ReleaseVersion("v1"), in: try site.context(run: "run-6")) == nil)
        #expect(storage.keys.filter { $0.contains("v1") } == [])
        try expectFiles(Self.second, of: "v2", in: storage)

        let calls = Set(storage.calls)
        #expect(calls.isDisjoint(with: row.never), "\(calls.intersection(row.never))")
    }

    /// The rows say something: with everything, each call that some row must not see is made.
    @Test func whatARowExcludesIsUsedOtherwise() async throws {
        let site = try SiteFixture()
        let storage = MemoryObjectStorage(Self.rows[0].capabilities)
        let bucket = MemoryBucket(site: site, store: BucketStore(storage, prefix: "", clock: TestClock()))
        _ = try await bucket.deploy("v1", Self.first, run: "run-1")
        _ = try await bucket.deploy("v2", Self.second, after: "v1", run: "run-2")
        try await bucket.store.retire(try ReleaseVersion("v1"), in: try site.context(run: "run-3"))
        let calls = Set(storage.calls)
        let excluded = Set(Self.rows.flatMap(\.never)).subtracting(["CopyObject", "CompleteMultipartUpload"])
        #expect(calls.isSuperset(of: excluded), "\(excluded.subtracting(calls)) of \(calls)")
    }

    /// Of two runs that make a record, one has it, also if the storage cannot decide that at the moment of the write.
    @Test(arguments: rows) func aRecordIsCreatedOnceAndMovedOnce(_ row: Row) async throws {
        let storage = MemoryObjectStorage(row.capabilities, etags: row.etags)
        let store = BucketStore(storage, prefix: "site", clock: TestClock())
        let v1 = try ReleaseVersion("v1")
        #expect(try await store.create(Array("one".utf8), as: .incoming(v1)) == nil)
        #expect(try await store.create(Array("two".utf8), as: .incoming(v1)) == Array("one".utf8))
        #expect(try await store.move(.incoming(v1), to: .manifest(of: v1), if: nil) == .moved)
        #expect(try await store.read(.manifest(of: v1)) == Array("one".utf8))
        try await store.write(Array("two".utf8), to: .incoming(v1))
        #expect(try await store.move(.incoming(v1), to: .manifest(of: v1), if: nil) == .targetTaken)
        #expect(try await store.read(.incoming(v1)) == Array("two".utf8))
    }

    /// An object is spared if the storage tells its bytes; else it is sent again.
    @Test(arguments: rows) func aPrefixIsMirrored(_ row: Row) async throws {
        let site = try SiteFixture()
        let storage = MemoryObjectStorage(row.capabilities, etags: row.etags)
        func mirror(_ name: String, _ files: [String: String]) async throws -> MirrorCounts {
            let context = try site.context(run: name)
            let target = try await BucketMirrorTarget(storage, prefix: "m").list(in: context.folder)
            let list = FilePath(try site.site(name, files))
            return try await BucketMirror(list, into: target, AssetFilter(), HeaderRules([]), partSize: 64 << 10)
                .run(deletes: true, in: context)
        }
        let first = try await mirror("one", Self.first.merging(["gone.txt": "gone"]) { $1 })
        #expect(first.uploaded == 6 && first.skipped == 0)
        let again = try await mirror("two", Self.first)
        let tells = row.etags == .md5 || row.capabilities.keepsSHA256
        // One that went in parts has no digest of its whole.
        let told = row.capabilities.multipart == nil ? 5 : 4
        #expect(again.skipped == (tells ? told : 0) && again.uploaded == 5 - again.skipped && again.deleted == 1)
        #expect(storage.keys == Self.first.keys.map { "m/" + $0 }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        for (key, text) in Self.first { #expect(storage.content("m/" + key)?.bytes == Array(text.utf8), "\(key)") }
        #expect(Set(storage.calls).isDisjoint(with: row.never))
        // Each of the five is asked for its headers, in both looks; for a SHA-256 only if the storage keeps one.
        #expect(row.capabilities.keepsSHA256 || storage.calls.count { $0 == "HeadObject" } <= 10)
    }

    private func expectFiles(
        _ files: [String: String], of version: String, in storage: MemoryObjectStorage,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        let prefix = "site/releases/\(version)/"
        let keys = storage.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        #expect(Set(keys) == Set(files.keys), sourceLocation: location)
        for (key, text) in files {
            let there = storage.content(prefix + key)
            #expect(there?.bytes == Array(text.utf8), "\(key)", sourceLocation: location)
            #expect(there?.info.headers.contentType == "text/plain", "\(key)", sourceLocation: location)
        }
    }
}

/// Makes releases as `sync` does.
private struct MemoryBucket {
    let site: SiteFixture
    let store: BucketStore

    func deploy(
        _ version: String, _ files: [String: String], after previous: String? = nil, run: String
    ) async throws -> TransferCounts {
        let context = try site.context(run: run)
        let (upload, plan) = try await begin(version, files, after: previous, context)
        let transferred = try await store.transfer(plan, of: upload, in: context)
        let completeness = try await store.check(
            plan.version, against: upload.manifest, transferred.receipts, .full, in: context.folder)
        #expect(completeness.isComplete, "\(completeness.text)")
        try await store.complete(upload, in: context.folder)
        return transferred.counts
    }

    /// Everything is sent, and the run ends before the manifest.
    func interrupt(_ version: String, _ files: [String: String], run: String) async throws {
        let context = try site.context(run: run)
        let (upload, plan) = try await begin(version, files, after: nil, context)
        _ = try await store.transfer(plan, of: upload, in: context)
    }

    private func begin(
        _ version: String, _ files: [String: String], after previous: String?, _ context: StepContext
    ) async throws -> (Upload, ReleasePlan) {
        let assets = FilePath(try site.site("\(version)-\(context.run.id)", files))
        let name = try ReleaseVersion(version)
        let manifest = context.folder.appending("manifest.jsonl")
        let writer = try Manifest.Writer(manifest, .test(version, run: context.run.id))
        let list = try AssetList.Reader(assets)
        while let asset = try list.next() { try writer.write(ManifestEntry(asset)) }
        try writer.finish()
        var source: (version: ReleaseVersion, manifest: FilePath)?
        if let previous {
            let earlier = try ReleaseVersion(previous)
            source = (earlier, try #require(try await store.manifest(of: earlier, in: context.folder)))
        }
        let plan = ReleasePlan(
            version: name, assets: assets, manifest: manifest, previous: source, concurrency: 4,
            partSize: 64 << 10)
        return (try await store.begin(name, manifest, in: context), plan)
    }
}

extension ManifestHeader {
    fileprivate static func test(_ version: String, run: String) throws -> ManifestHeader {
        ManifestHeader(
            version: try ReleaseVersion(version), commit: nil, createdAt: "2026-01-01T00:00:00Z", runID: run,
            origin: RunOrigin(person: nil, jobURL: nil), runnerVersion: "test")
    }
}

extension ManifestEntry {
    fileprivate init(_ asset: Asset) { self.init(asset, cacheControl: "no-cache", headers: [:]) }
}

extension FilePath {
    /// Writes a manifest of some files here.
    fileprivate func manifest(of keys: [String], _ files: [String: String], version: String) throws -> FilePath {
        let writer = try Manifest.Writer(self, .test(version, run: "run"))
        for key in keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let text = files[key, default: ""]
            try writer.write(
                ManifestEntry(
                    Asset(
                        key: key, path: "", size: text.utf8.count, sha256: SHA256.hash(text.utf8).description,
                        contentType: "text/plain")))
        }
        try writer.finish()
        return self
    }
}
