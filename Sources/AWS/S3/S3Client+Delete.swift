internal import Digest
internal import HTTP
internal import PipelineKit

extension S3Client {
    /// The most that one call deletes.
    public static let maximumKeysPerDeletion = 1_000

    /// Deletes one object; one that is not there is deleted already.
    public func deleteObject(_ key: String) async throws {
        _ = try await sender.send(request("DeleteObject", .delete, key))
    }

    /// Deletes objects, a thousand at a time; those that are not there are deleted already.
    ///
    /// - Throws: `keysNotDeleted` where S3 took the call and kept a key; the batches after it are not tried.
    public func deleteObjects(_ keys: some Collection<String> & Sendable) async throws {
        var rest = keys[...]
        while !rest.isEmpty {
            try await deleteBatch(Array(rest.prefix(Self.maximumKeysPerDeletion)))
            rest = rest.dropFirst(Self.maximumKeysPerDeletion)
        }
    }

    private func deleteBatch(_ keys: [String]) async throws {
        var writer = XMLWriter()
        writer.element("Delete", namespace: "http://s3.amazonaws.com/doc/2006-03-01/") { writer in
            for key in keys { writer.element("Object") { $0.element("Key", key) } }
            writer.element("Quiet", "true")
        }
        let digest = SHA256.hash(writer.bytes)
        var request = request(
            "DeleteObjects", .post, query: [("delete", nil)],
            headers: [
                "content-type": "application/xml", "x-amz-checksum-sha256": Base64.encode(digest.bytes),
                "x-amz-sdk-checksum-algorithm": "SHA256",
            ], body: .bytes(writer.bytes))
        request.payload = .sha256(digest)
        request.mayFailInBody = true
        let resource = request.resource
        try await sender.read(request, root: "DeleteResult") { root in
            let failures = root.children("Error").map(KeyFailure.init)
            guard failures.isEmpty else { throw Self.notDeleted(failures, of: keys.count, resource) }
        }
    }

    /// What passes by itself counts as a failure of the network, so that the batch is sent again: to delete twice does no harm.
    private static func notDeleted(_ failures: [KeyFailure], of count: Int, _ resource: String) -> S3Error {
        let passing: Set = ["InternalError", "ServiceUnavailable", "SlowDown", "OperationAborted"]
        let isPassing = failures.allSatisfy { passing.contains($0.code) }
        let shown = failures.prefix(3).map { "\($0.key.prefix(100).debugDescription) (\($0.code))" }
        let more = failures.count > 3 ? " and \(failures.count - 3) more" : ""
        return S3Error(
            .keysNotDeleted, "DeleteObjects", resource,
            "\(failures.count) of \(count) keys were not deleted: \(shown.joined(separator: ", "))\(more)",
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
