internal import ObjectStorage
internal import Digest
internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// Brings an object into a file of this machine; the file is in place only when it is whole.
///
/// Most records are short and come in one reply. The manifest of a large site comes in parts: between two of them its
/// bytes are written on a thread that may block, and no more than one part is in memory.
struct RecordDownload {
    static let partSize = 8 << 20

    let objects: any ObjectStorage
    let key: String
    let path: FilePath

    struct Got {
        var etag: String
        /// True if the bytes have the object's own checksum; nil if it has none.
        var isSound: Bool?
    }

    /// - Returns: nil if there is no such key.
    /// - Throws: `FileError`; `StepError` `record-replaced`.
    func run() async throws -> Got? {
        let temporary = path.appendingSuffix(".part")
        do {
            guard let got = try await fetch(into: temporary) else { return nil }
            try await BlockingWork.run { [path] _ in try DurableFile.rename(temporary, to: path) }
            return got
        } catch {
            unlink(temporary.string)
            throw error
        }
    }

    private func fetch(into file: FilePath) async throws -> Got? {
        do {
            guard let object = try await objects.getObject(key, maximumBytes: Self.partSize) else { return nil }
            try await write(object.bytes, to: file, isFirst: true)
            return Got(etag: object.info.etag, isSound: object.info.matches(SHA256.hash(object.bytes)))
        } catch let error as StorageError where error.kind == .tooLong {
            return try await fetchParts(into: file)
        }
    }

    private func fetchParts(into file: FilePath) async throws -> Got? {
        guard let info = try await objects.headObject(key) else { return nil }
        let sha = SHA256()
        var offset = 0
        while offset < info.size {
            let range = offset..<min(offset + Self.partSize, info.size)
            let part = try await objects.getPart(of: key, range)
            guard let part, part.bytes.count == range.count, ETag.areSame(part.etag, info.etag) else {
                throw replaced
            }
            sha.update(part.bytes)
            try await write(part.bytes, to: file, isFirst: offset == 0)
            offset = range.upperBound
        }
        return Got(etag: info.etag, isSound: info.matches(sha.finish()))
    }

    private func write(_ bytes: [UInt8], to file: FilePath, isFirst: Bool) async throws {
        try await BlockingWork.run { _ in
            let descriptor =
                isFirst
                ? try DurableFile.createAnew(file)
                : try DurableFile.openRegular(file, .writeOnly, options: .append, followsLink: false)
            try descriptor.closeAfter { try DurableFile.writeAll(bytes, to: descriptor, at: file) }
        }
    }

    private var replaced: StepError {
        StepError(
            "record-replaced", "\(objects.url(key)) was replaced while it was read",
            help: "wait for the other run to end, then run again", retry: .conflict)
    }
}
