internal import Digest
public import HTTP
public import ObjectStorage
internal import PipelineKit
internal import Synchronization

extension S3Client {
    /// Reads an object into memory.
    ///
    /// - Returns: nil if there is no such key.
    /// - Throws: `tooLong`; what `AWSSender.send` throws; without `s3:ListBucket` a missing key is `AccessDenied`.
    public func getObject(_ key: String, maximumBytes: Int) async throws -> ObjectContent? {
        var request = request("GetObject", .get, key)
        // A refusal may be longer than the object could be.
        request.maximumBodyBytes = max(maximumBytes, 64 << 10)
        do {
            let response = try await sender.send(request)
            guard response.body.count <= maximumBytes else { throw tooLong(key, maximumBytes) }
            return ObjectContent(
                info: ObjectInfo(key, response.headers, size: response.body.count), bytes: response.body)
        } catch let error as AWSError where error.serviceCode == "NoSuchKey" {
            return nil
        } catch let error as TransportError where error.kind == .tooLarge {
            throw tooLong(key, maximumBytes)
        }
    }

    /// A range of an object's bytes, less of them if it ends before, and the object's ETag.
    ///
    /// - Returns: nil if there is no such key.
    public func getPart(of key: String, _ range: Range<Int>) async throws -> (bytes: [UInt8], etag: String)? {
        let count = range.count
        var request = request(
            "GetObject", .get, key, headers: ["range": "bytes=\(range.lowerBound)-\(range.upperBound - 1)"])
        // This is S3's answer to a range that begins after the last byte, as every range of an empty object does.
        request.answers = [416]
        do {
            let response = try await sender.send(request)
            let bytes = response.status == 416 ? [] : Array(response.body.prefix(count))
            return (bytes, response.headers["etag"] ?? "")
        } catch let error as AWSError where error.serviceCode == "NoSuchKey" {
            return nil
        }
    }

    private func tooLong(_ key: String, _ maximumBytes: Int) -> StorageError {
        StorageError(
            .tooLong,
            "GetObject of \(url(key)): it is longer than the \(ByteCount(maximumBytes).text) that are expected",
            help: "look at the object: something else may have written it")
    }

    /// Reads an object of any size piece by piece.
    ///
    /// - Parameters:
    ///   - restart: called before each attempt: what an earlier one has written must go.
    ///   - write: as `HTTPRequest.Sink`.
    /// - Returns: nil if there is no such key.
    public func getObject(
        _ key: String, restart: @escaping @Sendable () -> Void = {}, to write: @escaping HTTPRequest.Sink
    ) async throws -> ObjectDownload? {
        let tally = DownloadTally()
        var request = request("GetObject", .get, key)
        request.maximumBodyBytes = .max
        request.onAttempt = { _ in
            tally.restart()
            restart()
        }
        request.sink = { bytes in
            tally.add(bytes)
            return write(bytes)
        }
        do {
            let response = try await sender.send(request)
            let (size, digest) = tally.finish()
            return ObjectDownload(info: ObjectInfo(key, response.headers, size: size), sha256: digest)
        } catch let error as AWSError where error.serviceCode == "NoSuchKey" {
            return nil
        }
    }

    /// What S3 knows of an object.
    ///
    /// - Returns: nil if there is no such key, or no such bucket: the reply to a HEAD has no body that tells which.
    public func headObject(_ key: String) async throws -> ObjectInfo? {
        try await preferring(.toldChecksums) {
            try await head(key, ["x-amz-checksum-mode": "ENABLED"])
        } else: {
            try await head(key, [:])
        }
    }

    private func head(_ key: String, _ headers: HTTPHeaders) async throws -> ObjectInfo? {
        var request = request("HeadObject", .head, key, headers: headers)
        request.answers = [404]
        let response = try await sender.send(request)
        guard response.status != 404 else { return nil }
        guard let size = response.headers["content-length"].flatMap({ Int($0) }) else {
            throw S3Error(.unexpectedReply, request.operation, request.resource, "the reply has no Content-Length")
        }
        return ObjectInfo(key, response.headers, size: size)
    }
}

/// Size and digest of what has come so far.
private final class DownloadTally: Sendable {
    private let state = Mutex(State())

    private struct State: ~Copyable {
        var sha = SHA256()
        var size = 0
    }

    func restart() {
        state.withLock { state in
            _ = state.sha.finish()
            state.size = 0
        }
    }

    func add(_ piece: UnsafeRawBufferPointer) {
        // The pointer belongs to the caller: what goes behind the lock is a copy.
        let bytes = Array(piece)
        state.withLock { state in
            state.sha.update(bytes)
            state.size += bytes.count
        }
    }

    func finish() -> (size: Int, digest: SHA256Digest) {
        state.withLock { ($0.size, $0.sha.finish()) }
    }
}
