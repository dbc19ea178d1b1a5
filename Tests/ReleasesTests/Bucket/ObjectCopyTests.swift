import Digest
import HTTP
import ObjectStorage
import TestSupport
import Testing

/// A copy that a storage does not make goes through this machine, and ends as one inside the storage would.
@Suite struct ObjectCopyTests {
    private static func storage(copies: Bool, parts: Bool) async throws -> MemoryObjectStorage {
        var capabilities = StorageCapabilities()
        if !copies { capabilities.copies = nil }
        if !parts { capabilities.multipart = nil }
        let storage = MemoryObjectStorage(capabilities)
        let bytes = Array("source".utf8)
        let headers = ObjectHeaders(contentType: "text/css", others: ["content-language": "de"])
        _ = try await storage.put(
            "source", .bytes(bytes), sha256: SHA256.hash(bytes), headers: headers, ifKnown: nil)
        return storage
    }

    @Test(arguments: [true, false], [true, false])
    func aCopyHasTheBytesAndTheHeaders(copies: Bool, parts: Bool) async throws {
        let storage = try await Self.storage(copies: copies, parts: parts)
        let etag = try #require(storage.content("source")?.info.etag)
        let outcome = try await storage.copy(from: "source", size: 6, ifMatch: etag, to: "k", clock: TestClock())
        let there = try #require(storage.content("k"))
        #expect(outcome == .copied(etag: there.info.etag))
        #expect(there.bytes == Array("source".utf8) && there.info.headers == storage.content("source")?.info.headers)
        let other = ObjectHeaders(contentType: "text/plain")
        _ = try await storage.copy(from: "source", size: 6, to: "l", headers: other, clock: TestClock())
        #expect(storage.content("l")?.info.headers == other)
    }

    @Test(arguments: [true, false]) func aCopyThatCannotBeMadeIsAnAnswer(copies: Bool) async throws {
        let storage = try await Self.storage(copies: copies, parts: true)
        let clock = TestClock()
        #expect(try await storage.copy(from: "none", size: 6, to: "k", clock: clock) == .sourceMissing)
        #expect(
            try await storage.copy(from: "source", size: 6, ifMatch: "\"x\"", to: "k", clock: clock) == .sourceChanged)
        #expect(storage.keys == ["source"])
        #expect(
            try await storage.copy(from: "source", size: 6, to: "source", if: .absent, clock: clock) == .conditionFalse)
    }

    @Test func aLargeObjectIsCopiedInParts() async throws {
        var capabilities = StorageCapabilities()
        capabilities.copies?.maximumSize = 1 << 20
        let storage = MemoryObjectStorage(capabilities)
        let bytes = (0..<40 << 20).map { UInt8(truncatingIfNeeded: $0 >> 20) }
        _ = try await storage.put(
            "source", .bytes(bytes), sha256: SHA256.hash(bytes), headers: ObjectHeaders(), ifKnown: nil)
        _ = try await storage.copy(from: "source", size: bytes.count, to: "k", if: .absent, clock: TestClock())
        #expect(storage.content("k")?.bytes == bytes)
        #expect(storage.calls.suffix(3).last == "CompleteMultipartUpload if")
        #expect(storage.calls.count { $0 == "UploadPart" } == 3)
    }

    /// What is copied is what was looked at, or nothing.
    @Test(arguments: [6, 40 << 20]) func aSourceThatChangesMeanwhileIsNotCopied(size: Int) async throws {
        var capabilities = StorageCapabilities()
        capabilities.copies = nil
        let storage = MemoryObjectStorage(capabilities)
        storage.overwrite("source", [UInt8](repeating: 1, count: size))
        storage.afterHead { [unowned storage] key in
            if key == "source" { storage.overwrite(key, [UInt8](repeating: 2, count: size)) }
        }
        let outcome = try await storage.copy(from: "source", size: size, to: "k", clock: TestClock())
        #expect(outcome == .sourceChanged && storage.keys == ["source"])
    }

    @Test func anEmptyObjectIsCopied() async throws {
        var capabilities = StorageCapabilities()
        capabilities.copies = nil
        let storage = MemoryObjectStorage(capabilities)
        _ = try await storage.put("source", .empty, sha256: SHA256.hash([]), headers: ObjectHeaders(), ifKnown: nil)
        guard case .copied = try await storage.copy(from: "source", size: 0, to: "k", clock: TestClock()) else {
            Issue.record("nothing was copied")
            return
        }
        #expect(storage.content("k")?.bytes == [])
    }
}
