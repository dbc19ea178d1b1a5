public import Digest
public import HTTP
public import ObjectStorage
public import PipelineKit
internal import Synchronization
internal import SystemPackage
internal import TextCoding

/// A bucket in memory. It can do what its capabilities say, refuses the rest, and keeps what it was asked for.
///
/// Its listings come backwards and a few keys at a time.
public final class MemoryObjectStorage: ObjectStorage {
    /// A call that it cannot do: whoever made it has not looked at the capabilities.
    public struct Excluded: DescribedError, Hashable {
        public var call: String
        public var code: String { "excluded" }
        public var message: String { "\(call) is not among the capabilities" }
    }

    public enum ETags: Hashable, Sendable {
        /// The MD5 of the bytes.
        case md5
        /// They tell nothing of the bytes, as under some encryptions.
        case opaque
    }

    private struct Object {
        var bytes: [UInt8]
        var headers: ObjectHeaders
        var etag: String
        var checksum: String?
    }

    private struct State {
        /// By the bytes of their keys.
        var objects: [[UInt8]: Object] = [:]
        var calls: [String] = []
        var writes = 0
    }

    public let capabilities: StorageCapabilities
    private let etags: ETags
    private let state = Mutex(State())
    private let watcher = Mutex<(@Sendable (String) -> Void)?>(nil)
    private static let pageSize = 3

    public init(_ capabilities: StorageCapabilities = StorageCapabilities(), etags: ETags = .md5) {
        (self.capabilities, self.etags) = (capabilities, etags)
    }

    /// The operations that it was asked for, one by one; with ` if` behind those that had a condition.
    public var calls: [String] { state.withLock(\.calls) }

    /// The keys, by their bytes.
    public var keys: [String] {
        state.withLock { state in
            state.objects.keys.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    public func content(_ key: String) -> ObjectContent? {
        state.withLock { state in
            state.objects[Array(key.utf8)].map { ObjectContent(info: Self.info(key, $0), bytes: $0.bytes) }
        }
    }

    /// Replaces an object, as something else would.
    public func overwrite(_ key: String, _ bytes: [UInt8]) {
        _ = write("overwritten", key, bytes, ObjectHeaders(), nil, isWhole: true)
    }

    /// Deletes an object, as something else would.
    public func forget(_ key: String) { state.withLock { $0.objects[Array(key.utf8)] = nil } }

    private static func info(_ key: String, _ object: Object) -> ObjectInfo {
        ObjectInfo(
            key: key, size: object.bytes.count, etag: object.etag, headers: object.headers,
            checksumSHA256: object.checksum)
    }

    private func note(_ call: String) {
        state.withLock { $0.calls.append(call) }
    }

    /// Calls the body after each HEAD, with the key.
    public func afterHead(_ body: @escaping @Sendable (String) -> Void) { watcher.withLock { $0 = body } }

    // MARK: Places

    public func url(_ key: String) -> String { "memory://bucket/\(key)" }
    public func deletionCommand(of key: String) -> String { "delete \(url(key))" }
    public func deletionCommand(below prefix: String) -> String { "delete-all \(url(prefix))" }

    // MARK: Reading

    public func listObjects(prefix: String, delimiter: String?) -> ObjectListing {
        ObjectListing {
            Excluded(call: "an endless listing")
        } page: { [self] token in
            note("ListObjects")
            let all = keys.filter { $0.utf8.starts(with: prefix.utf8) }.reversed()
            let rest = all.dropFirst(token.flatMap { Int($0) } ?? 0)
            var (objects, prefixes) = ([ListedObject](), [String]())
            for key in rest.prefix(Self.pageSize) {
                let behind = String(decoding: key.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
                if let delimiter, let end = behind.firstRange(of: delimiter) {
                    prefixes.append(prefix + behind[..<end.upperBound])
                } else if let there = content(key) {
                    objects.append(
                        ListedObject(key: key, size: there.bytes.count, etag: there.info.etag, lastModified: ""))
                }
            }
            let next = rest.count > Self.pageSize ? String(all.count - rest.count + Self.pageSize) : nil
            return ListPage(objects: objects, commonPrefixes: prefixes, next: next)
        }
    }

    public func headObject(_ key: String) async throws -> ObjectInfo? {
        note("HeadObject")
        let info = content(key)?.info
        watcher.withLock { $0 }?(key)
        return info
    }

    public func getObject(_ key: String, maximumBytes: Int) async throws -> ObjectContent? {
        note("GetObject")
        guard let there = content(key) else { return nil }
        guard there.bytes.count <= maximumBytes else { throw StorageError(.tooLong, "\(key) is too long", help: "") }
        return there
    }

    public func getPart(of key: String, _ range: Range<Int>) async throws -> (bytes: [UInt8], etag: String)? {
        note("GetObject")
        return content(key).map { (Array($0.bytes[range.clamped(to: $0.bytes.indices)]), $0.info.etag) }
    }

    public func getObject(
        _ key: String, restart: @escaping @Sendable () -> Void, to write: @escaping HTTPRequest.Sink
    ) async throws -> ObjectDownload? {
        note("GetObject")
        restart()
        guard let there = content(key) else { return nil }
        _ = there.bytes.withUnsafeBytes { write($0) }
        return ObjectDownload(info: there.info, sha256: SHA256.hash(there.bytes))
    }

    // MARK: Writing

    public func put(
        _ key: String, _ body: RequestBody, sha256: SHA256Digest, headers: ObjectHeaders,
        ifKnown condition: WriteCondition?
    ) async throws -> WriteOutcome {
        guard let condition, !capabilities.conditionalPut.take(condition) else {
            return try store(key, body, sha256, headers, condition)
        }
        guard Self.holds(condition, try await headObject(key)?.etag) else { return .conditionFalse }
        return try store(key, body, sha256, headers, nil)
    }

    public func put(_ batch: [ObjectUpload]) async -> [Result<WriteOutcome, any Error>] {
        batch.map { upload in
            Result {
                let source = try UploadSource(upload, place: url(upload.key))
                let (body, digest) = try source.load()
                let condition = upload.condition.flatMap { capabilities.conditionalPut.take($0) ? $0 : nil }
                return try store(upload.key, body, digest, upload.headers, condition)
            }
        }
    }

    public func putConfirmed(
        _ key: String, _ bytes: [UInt8], headers: ObjectHeaders, if condition: WriteCondition, maximumBytes: Int,
        clock: any RunClock
    ) async throws -> ConfirmedWrite {
        switch try await put(key, .bytes(bytes), sha256: SHA256.hash(bytes), headers: headers, ifKnown: condition) {
        case .written(let etag): return .written(etag: etag)
        case .conditionFalse, .contended:
            guard let there = content(key) else { return .refused(nil) }
            return there.bytes == bytes ? .written(etag: there.info.etag) : .refused(there)
        }
    }

    public func putInParts(
        _ key: String, _ plan: PartPlan, headers: ObjectHeaders, if condition: WriteCondition?, clock: any RunClock,
        _ source: @escaping PartSource
    ) async throws -> WriteOutcome {
        guard let limits = capabilities.multipart, plan.count <= limits.maximumCount,
            (limits.minimumSize...limits.maximumSize).contains(plan.partSize)
        else { throw Excluded(call: "\(plan.count) parts of \(plan.partSize) bytes") }
        var bytes: [UInt8] = []
        for number in 1...plan.count {
            note("UploadPart")
            let (body, digest) = try await source(plan.range(of: number))
            let part = try body.allBytes()
            guard SHA256.hash(part) == digest else { throw Excluded(call: "a part of other bytes") }
            bytes += part
        }
        let isDecided = condition.map { capabilities.conditionalJoin.take($0) } ?? true
        if !isDecided, let condition, !Self.holds(condition, try await headObject(key)?.etag) { return .conditionFalse }
        return write("CompleteMultipartUpload", key, bytes, headers, isDecided ? condition : nil, isWhole: false)
    }

    public func abortPartialUploads(below prefix: String, clock: any RunClock) async throws {
        guard capabilities.multipart != nil else { throw Excluded(call: "ListMultipartUploads") }
        note("ListMultipartUploads")
    }

    public func copyObject(
        from source: String, ifMatch etag: String?, to key: String, headers: ObjectHeaders?,
        if condition: WriteCondition?
    ) async throws -> CopyOutcome {
        guard let copies = capabilities.copies else { throw Excluded(call: "CopyObject") }
        guard let there = content(source) else { return .sourceMissing }
        guard there.bytes.count <= copies.maximumSize else { throw Excluded(call: "CopyObject of a large object") }
        if let etag, !ETag.areSame(etag, there.info.etag) { return .sourceChanged }
        let known = condition.flatMap { capabilities.conditionalCopy.take($0) ? $0 : nil }
        return switch write("CopyObject", key, there.bytes, headers ?? there.info.headers, known, isWhole: true) {
        case .written(let etag): .copied(etag: etag)
        case .conditionFalse: .conditionFalse
        case .contended: .contended
        }
    }

    public func deleteObject(_ key: String) async throws { delete("DeleteObject", [key]) }

    public func deleteObjects(_ keys: [String]) async throws {
        switch capabilities.deletion {
        case .oneByOne: for key in keys { try await deleteObject(key) }
        case .batches(of: let most):
            for start in stride(from: 0, to: keys.count, by: most) {
                delete("DeleteObjects", keys[start..<min(start + most, keys.count)])
            }
        }
    }

    public func reportingRetries(to _: @escaping @Sendable (any DescribedError) -> Void) -> any ObjectStorage { self }

    // MARK: What is stored

    private func store(
        _ key: String, _ body: RequestBody, _ digest: SHA256Digest, _ headers: ObjectHeaders,
        _ condition: WriteCondition?
    ) throws -> WriteOutcome {
        let bytes = try body.allBytes()
        guard SHA256.hash(bytes) == digest else { throw Excluded(call: "a PutObject of other bytes") }
        return write("PutObject", key, bytes, headers, condition, isWhole: true)
    }

    private func write(
        _ call: String, _ key: String, _ bytes: [UInt8], _ headers: ObjectHeaders, _ condition: WriteCondition?,
        isWhole: Bool
    ) -> WriteOutcome {
        state.withLock { state in
            state.calls.append(condition == nil ? call : call + " if")
            let place = Array(key.utf8)
            if let condition, !Self.holds(condition, state.objects[place]?.etag) { return .conditionFalse }
            state.writes += 1
            let hasMD5 = etags == .md5 && isWhole
            let etag = hasMD5 ? Self.md5(of: bytes) ?? "write-\(state.writes)" : "write-\(state.writes)"
            state.objects[place] = Object(
                bytes: bytes, headers: headers, etag: "\"\(etag)\"",
                checksum: capabilities.keepsSHA256 && isWhole ? Base64.encode(SHA256.hash(bytes).bytes) : nil)
            return .written(etag: "\"\(etag)\"")
        }
    }

    private func delete(_ call: String, _ keys: some Sequence<String>) {
        state.withLock { state in
            state.calls.append(call)
            for key in keys { state.objects[Array(key.utf8)] = nil }
        }
    }

    private static func holds(_ condition: WriteCondition, _ etag: String?) -> Bool {
        switch condition {
        case .absent: etag == nil
        case .etag(let wanted): etag.map { ETag.areSame($0, wanted) } ?? false
        }
    }

    private static func md5(of bytes: [UInt8]) -> String? {
        guard let md5 = MD5() else { return nil }
        bytes.withUnsafeBytes { md5.update($0) }
        return Hexadecimal.encode(md5.finish())
    }
}
