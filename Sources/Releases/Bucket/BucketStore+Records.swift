internal import Digest
internal import FoundationEssentials
internal import Glibc
internal import HTTP
internal import ObjectStorage
internal import PipelineKit
public import SystemPackage

extension BucketStore {
    /// The longest record that is read into memory, in bytes.
    private static let recordLimit = 16 << 20
    static let recordHeaders = ObjectHeaders(contentType: "application/json", cacheControl: "no-store")

    public func read(_ record: StoreRecord) async throws -> [UInt8]? {
        try await objects.getObject(key(of: record), maximumBytes: Self.recordLimit)?.bytes
    }

    public func exists(_ record: StoreRecord) async throws -> Bool {
        try await objects.headObject(key(of: record)) != nil
    }

    public func write(_ bytes: [UInt8], to record: StoreRecord) async throws {
        _ = try await objects.put(
            key(of: record), .bytes(bytes), sha256: SHA256.hash(bytes), headers: Self.recordHeaders, ifKnown: nil)
    }

    public func create(_ bytes: [UInt8], as record: StoreRecord) async throws -> [UInt8]? {
        let write = try await objects.putConfirmed(
            key(of: record), bytes, headers: Self.recordHeaders, if: .absent, maximumBytes: Self.recordLimit,
            clock: clock)
        switch write {
        case .written: return nil
        case .refused(let there): return there?.bytes ?? []
        }
    }

    public func records(in folder: StoreRecord.Folder) async throws -> [StoreRecord] {
        let prefix = "\(base).runner/\(folder.rawValue)/"
        var names: [String] = []
        for try await page in objects.listObjects(prefix: prefix, delimiter: "/") {
            // Consoles make an empty object in a folder's name.
            names += page.objects.map { $0.key.withoutStart(prefix) }.filter { !$0.isEmpty }
        }
        return names.sorted { $0.precedesByBytes($1) }.map { StoreRecord(folder, $0) }
    }

    public func delete(_ record: StoreRecord) async throws {
        try await objects.deleteObject(key(of: record))
    }

    public func file(of record: StoreRecord, in folder: FilePath) async throws -> FilePath? {
        try await copy(of: record, in: folder)?.file
    }

    public func copy(of record: StoreRecord, in folder: FilePath) async throws -> RecordCopy? {
        let name = "\(record.folder?.rawValue ?? "store")-\(record.name)"
        let file = folder.appending(name)
        let download = RecordDownload(objects: objects, key: key(of: record), path: file)
        guard let got = try await download.run() else { return nil }
        if got.isSound == false {
            unlink(file.string)
            throw damaged(record)
        }
        return RecordCopy(file: file, tag: RecordTag(etag: got.etag))
    }

    public func tag(of record: StoreRecord) async throws -> RecordTag? {
        try await objects.headObject(key(of: record)).map { RecordTag(etag: $0.etag) }
    }

    public func age(of record: StoreRecord) async throws -> Duration? {
        guard let info = try await objects.headObject(key(of: record)), let date = info.date,
            let written = info.lastModified
        else { return nil }
        return .seconds(date.timeIntervalSince(written))
    }

    public func state(of record: StoreRecord, in folder: FilePath) async throws -> RecordState? {
        guard let start = try await objects.getStart(of: key(of: record), bytes: 16 << 10) else { return nil }
        guard let line = start.bytes.split(separator: 0x0A, maxSplits: 1).first, line.count < start.bytes.count else {
            return try await copy(of: record, in: folder).map { copy in
                RecordState(header: try Manifest.Reader(copy.file).header, tag: copy.tag)
            }
        }
        let header = try Manifest.header(Array(line), of: location(of: record))
        return RecordState(header: header, tag: RecordTag(etag: start.etag))
    }

    public func put(_ file: FilePath, as record: StoreRecord) async throws {
        _ = try await put(file, as: record, nil)
    }

    public func put(_ file: FilePath, as record: StoreRecord, if condition: RecordCondition) async throws -> RecordTag?
    {
        let condition: WriteCondition =
            switch condition {
            case .absent: .absent
            case .unchanged(let tag): .etag(tag.etag)
            }
        switch try await put(file, as: record, condition) {
        case .written(let etag): return RecordTag(etag: etag)
        case .conditionFalse, .contended: return nil
        }
    }

    private func put(
        _ file: FilePath, as record: StoreRecord, _ condition: WriteCondition?
    ) async throws -> WriteOutcome {
        let file = try RegularFile(file)
        let (size, digest) = try await BlockingWork.run { _ in try FileDigester().digest(file) }
        let key = key(of: record)
        let plan = objects.capabilities.multipart.flatMap {
            PartPlan(size: size, partSize: ReleasePlan.standardPartSize, $0)
        }
        guard let plan, plan.count > 1 else {
            let body = size == 0 ? RequestBody.empty : .file(FileRegion(file, count: size))
            return try await objects.put(key, body, sha256: digest, headers: Self.recordHeaders, ifKnown: condition)
        }
        return try await objects.putInParts(key, plan, headers: Self.recordHeaders, if: condition, clock: clock) {
            range in try await FilePart(file, range).load()
        }
    }

    public func move(_ record: StoreRecord, to target: StoreRecord, if tag: RecordTag?) async throws -> RecordMove {
        let (from, to) = (key(of: record), key(of: target))
        guard let source = try await objects.headObject(from) else {
            // An earlier attempt may have moved it.
            if tag == nil, try await exists(target) { return .moved }
            return .sourceChanged
        }
        guard tag == nil || tag == RecordTag(etag: source.etag) else { return .sourceChanged }
        // A release is immutable: two runs that make the same version at the same time must not replace each other's.
        let condition: WriteCondition? = target.folder == .manifests ? .absent : nil
        if condition != nil, try await isTaken(target, by: source) { return .targetTaken }
        switch try await objects.copy(
            from: from, size: source.size, ifMatch: source.etag, to: to, headers: Self.recordHeaders, if: condition,
            clock: clock)
        {
        case .copied(let etag): return try await finishMove(of: record, source, to: target, copied: etag)
        case .sourceMissing, .sourceChanged: return .sourceChanged
        case .conditionFalse, .contended:
            // An earlier attempt whose reply was lost may be what made it false.
            guard let there = try await objects.headObject(to), try await !isTaken(target, by: source) else {
                return .targetTaken
            }
            return try await finishMove(of: record, source, to: target, copied: there.etag)
        }
    }

    /// A copy takes a while after the storage has looked at its source. A run that changed the source in that time did
    /// not see the copy; one that changes it after this look does.
    private func finishMove(
        of record: StoreRecord, _ source: ObjectInfo, to target: StoreRecord, copied etag: String
    ) async throws -> RecordMove {
        let there = try await objects.headObject(key(of: record))
        if let there, !ETag.areSame(there.etag, source.etag) {
            let copy = try await objects.headObject(key(of: target))
            if let copy, ETag.areSame(copy.etag, etag) { try await delete(target) }
            return .sourceChanged
        }
        if there != nil { try await delete(record) }
        return .moved
    }

    /// True if there is another record in the target's place. The same content is what an earlier attempt, interrupted
    /// before its last step, has left.
    private func isTaken(_ target: StoreRecord, by source: ObjectInfo) async throws -> Bool {
        guard let there = try await objects.headObject(key(of: target)) else { return false }
        guard there.size == source.size else { return true }
        if ETag.areSame(there.etag, source.etag) { return false }
        // One that was sent in parts has another ETag than its copy.
        let (left, right) = (try await digest(of: there.key), try await digest(of: source.key))
        return left == nil || left != right
    }

    private func digest(of key: String) async throws -> SHA256Digest? {
        try await objects.readDigest(of: key)
    }

    private func damaged(_ record: StoreRecord) -> StepError {
        StepError(
            "damaged-record", "the bytes of \(location(of: record)) do not match its checksum",
            help: "run again; if the error stays, restore the object from an earlier version of it", retry: .network)
    }
}

extension RecordTag {
    /// Servers write an ETag with quotes in a header, and some of them without in a document.
    fileprivate init(etag: String) {
        text = etag.hasPrefix("\"") ? etag : "\"\(etag)\""
    }

    /// With its quotes.
    fileprivate var etag: String { text }
}
