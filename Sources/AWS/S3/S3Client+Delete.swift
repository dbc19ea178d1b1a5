internal import Digest
internal import HTTP
internal import ObjectStorage
internal import PipelineKit
internal import TextCoding

extension S3Client {
    /// Single deletions under way at the same time.
    private static let deletionsAtOnce = 32

    /// Deletes one object; one that is not there is deleted already.
    public func deleteObject(_ key: String) async throws {
        do {
            _ = try await sender.send(deletion(of: key))
        } catch let error as AWSError where Self.isGone(error) {
            return
        }
    }

    private func deletion(of key: String) -> AWSRequest { request("DeleteObject", .delete, key) }

    /// S3 says 204 of a key that is not there, and others say 404.
    static func isGone(_ error: any Error) -> Bool {
        guard let error = error as? AWSError else { return false }
        return error.status == 404 && error.serviceCode != "NoSuchBucket"
    }

    /// Deletes objects, many in one call, or one by one on a server that does not take many at once; those that are not
    /// there are deleted already.
    ///
    /// - Throws: `keysNotDeleted` if S3 took the call and kept a key; the batches after it are not tried.
    public func deleteObjects(_ keys: [String]) async throws {
        var rest = keys[...]
        while !rest.isEmpty {
            guard case .batches(of: let most) = capabilities.deletion else {
                return try await deleteOneByOne(Array(rest))
            }
            let batch = Array(rest.prefix(most))
            try await preferring(.checksums) {
                try await delete(batch, hasChecksum: true)
            } else: {
                try await delete(batch, hasChecksum: false)
            }
            rest = rest.dropFirst(most)
        }
    }

    private func delete(_ batch: [String], hasChecksum: Bool) async throws {
        try await preferring(.batchDeletion) {
            try await deleteBatch(batch, hasChecksum: hasChecksum)
        } else: {
            try await deleteOneByOne(batch)
        }
    }

    /// All of those that are under way are waited for before an error is thrown.
    private func deleteOneByOne(_ keys: [String]) async throws {
        for start in stride(from: 0, to: keys.count, by: Self.deletionsAtOnce) {
            try Task.checkCancellation()
            let some = keys[start..<min(start + Self.deletionsAtOnce, keys.count)]
            for case .failure(let error) in await sender.sendAll(some.map(deletion)) where !Self.isGone(error) {
                throw error
            }
        }
    }

    private func deleteBatch(_ keys: [String], hasChecksum: Bool) async throws {
        var writer = XMLWriter()
        writer.element("Delete", namespace: "http://s3.amazonaws.com/doc/2006-03-01/") { writer in
            for key in keys { writer.element("Object") { $0.element("Key", key) } }
            writer.element("Quiet", "true")
        }
        let digest = SHA256.hash(writer.bytes)
        var request = request(
            "DeleteObjects", .post, query: [("delete", nil)],
            headers: ["content-type": "application/xml"], body: .bytes(writer.bytes))
        if hasChecksum {
            request.headers.add("x-amz-checksum-sha256", Base64.encode(digest.bytes))
            request.headers.add("x-amz-sdk-checksum-algorithm", "SHA256")
        }
        request.payload = .sha256(digest)
        request.mayFailInBody = true
        // S3 needs the checksum alone. Servers that are older than it want this, and a machine under FIPS cannot give
        // it.
        if let md5 = MD5() {
            writer.bytes.withUnsafeBytes { md5.update($0) }
            request.headers.add("content-md5", Base64.encode(md5.finish()))
        }
        let resource = request.resource
        try await sender.read(request, root: "DeleteResult") { root in
            // S3 says nothing of a key that is not there, and others say so.
            let failures = root.children("Error").map(KeyFailure.init).filter { $0.code != "NoSuchKey" }
            guard failures.isEmpty else { throw Self.notDeleted(failures, of: keys.count, resource) }
        }
    }

    /// What passes by itself counts as a failure of the network, so that the batch is sent again. A second deletion
    /// does no harm.
    private static func notDeleted(_ failures: [KeyFailure], of count: Int, _ resource: String) -> StorageError {
        let passing: Set = ["InternalError", "ServiceUnavailable", "SlowDown", "OperationAborted"]
        let isPassing = failures.allSatisfy { passing.contains($0.code) }
        let shown = failures.prefix(3).map { "\($0.key.prefix(100).debugDescription) (\($0.code))" }
        let more = failures.count > 3 ? " and \(failures.count - 3) more" : ""
        return StorageError(
            .keysNotDeleted,
            "DeleteObjects of \(resource): \(failures.count) of \(count) keys were not deleted: "
                + "\(shown.joined(separator: ", "))\(more)",
            help: "allow s3:DeleteObject on \(resource), or look at what locks the objects",
            retry: isPassing ? .network : .failure)
    }
}

private struct KeyFailure {
    var key: String
    var code: String

    init(_ element: XMLElement) {
        key = element.text("Key") ?? ""
        code = element.text("Code") ?? "an unnamed error"
    }
}
