internal import AWS
internal import Digest
internal import HTTP
internal import PipelineKit
public import SystemPackage

extension BucketStore {
    /// The longest record that is read into memory, in bytes.
    private static let recordLimit = 16 << 20
    private static let recordHeaders = ObjectHeaders(contentType: "application/json", cacheControl: "no-store")

    public func read(_ record: StoreRecord) async throws -> [UInt8]? {
        try await client.getObject(key(of: record), maximumBytes: Self.recordLimit)?.bytes
    }

    public func exists(_ record: StoreRecord) async throws -> Bool {
        try await client.headObject(key(of: record)) != nil
    }

    public func write(_ bytes: [UInt8], to record: StoreRecord) async throws {
        try await client.putObject(
            key(of: record), .bytes(bytes), sha256: SHA256.hash(bytes), headers: Self.recordHeaders)
    }

    public func create(_ bytes: [UInt8], as record: StoreRecord) async throws -> [UInt8]? {
        var write = ConditionalWrite(client: client, clock: clock)
        write.maximumBytes = Self.recordLimit
        switch try await write.put(key(of: record), bytes, headers: Self.recordHeaders, if: .absent) {
        case .written: return nil
        case .refused(let there): return there?.bytes ?? []
        }
    }

    public func records(in folder: StoreRecord.Folder) async throws -> [StoreRecord] {
        let prefix = "\(base).runner/\(folder.rawValue)/"
        var names: [String] = []
        for try await page in client.listObjects(prefix: prefix, delimiter: "/") {
            // Consoles make an empty object in a folder's name.
            names += page.objects.map { $0.key.withoutStart(prefix) }.filter { !$0.isEmpty }
        }
        return names.sorted { $0.precedesByBytes($1) }.map { StoreRecord(folder, $0) }
    }

    public func delete(_ record: StoreRecord) async throws {
        try await client.deleteObject(key(of: record))
    }

    public func file(of record: StoreRecord, in folder: FilePath) async throws -> FilePath? {
        let name = "\(record.folder?.rawValue ?? "store")-\(record.name)"
        let download = RecordDownload(folder.appending(name))
        let key = key(of: record)
        guard let got = try await client.getObject(key, restart: download.restart, to: download.write) else {
            download.discard()
            return nil
        }
        if got.info.matches(got.sha256) == false {
            download.discard()
            throw damaged(record)
        }
        return try download.finish()
    }

    public func header(in record: StoreRecord, copiedTo folder: FilePath) async throws -> ManifestHeader? {
        guard let start = try await client.getStart(of: key(of: record), bytes: 16 << 10) else { return nil }
        guard let line = start.split(separator: 0x0A, maxSplits: 1).first, line.count < start.count else {
            return try await file(of: record, in: folder).map { try Manifest.Reader($0).header }
        }
        return try Manifest.header(Array(line), of: location(of: record))
    }

    public func put(_ file: FilePath, as record: StoreRecord) async throws {
        let (size, digest) = try await BlockingWork.run { _ in try FileDigester().digest(file.string) }
        let key = key(of: record)
        guard let plan = PartPlan(size: size, partSize: ReleasePlan.standardPartSize), plan.count > 1 else {
            let body = size == 0 ? RequestBody.empty : .file(FileRegion(path: file, count: size))
            try await client.putObject(key, body, sha256: digest, headers: Self.recordHeaders)
            return
        }
        let upload = MultipartUpload(client: client, key: key, headers: Self.recordHeaders, plan: plan, clock: clock)
        _ = try await upload.run { range in try await FilePart(file, range).load() }
    }

    public func move(_ record: StoreRecord, to target: StoreRecord) async throws {
        let (from, to) = (key(of: record), key(of: target))
        guard let source = try await client.headObject(from) else {
            guard try await exists(target) else { throw missing(record) }
            return
        }
        if target.folder == .manifests { try await refuseIfTaken(target, by: source) }
        switch try await client.copyObject(from: from, ifMatch: source.etag, to: to, headers: Self.recordHeaders) {
        case .copied: try await client.deleteObject(from)
        case .sourceMissing, .sourceChanged: throw missing(record)
        }
    }

    /// A release is immutable: two runs that make the same version at the same time are not to replace each other's.
    private func refuseIfTaken(_ target: StoreRecord, by source: ObjectInfo) async throws {
        guard let there = try await client.headObject(key(of: target)) else { return }
        // The same content is what an earlier attempt, interrupted before its last step, has left.
        if there.size == source.size {
            if there.etag == source.etag { return }
            // One that was sent in parts has another ETag than its copy.
            let (left, right) = (try await digest(of: there.key), try await digest(of: source.key))
            if left != nil, left == right { return }
        }
        throw StepError(
            "completed-meanwhile", "another run has completed the same release: \(location(of: target)) is there",
            help: "let one run at a time make a version, then run again", retry: .conflict)
    }

    private func digest(of key: String) async throws -> SHA256Digest? {
        try await client.getObject(key, to: { _ in true })?.sha256
    }

    private func missing(_ record: StoreRecord) -> StepError {
        StepError(
            "record-gone", "\(location(of: record)) is gone, or was changed by somebody else",
            help: "make sure that no other run uses the store, then run again", retry: .conflict)
    }

    private func damaged(_ record: StoreRecord) -> StepError {
        StepError(
            "damaged-record", "the bytes of \(location(of: record)) are not those that its checksum promises",
            help: "run again; if it stays, restore the object from an earlier version of it", retry: .network)
    }
}
