internal import HTTP
public import PipelineKit

extension S3Client {
    /// The uploads below a prefix that were begun and neither joined nor aborted: what a run that was killed leaves behind.
    public func listMultipartUploads(prefix: String) async throws -> [PendingUpload] {
        var uploads: [PendingUpload] = []
        var marker: Marker?
        var seen: Set<Marker> = []
        repeat {
            let page = try await uploadPage(prefix, after: marker)
            uploads += page.uploads
            marker = page.next
            if let marker, !seen.insert(marker).inserted {
                throw S3Error(
                    .repeatedContinuation, "ListMultipartUploads", url(prefix),
                    "a marker came twice, so the listing would never end")
            }
        } while marker != nil
        return uploads
    }

    /// Aborts an upload until the store has none of its parts: one that was on its way may arrive after the first abort.
    ///
    /// - Throws: `uploadNotAborted`.
    public func abortUntilGone(_ key: String, uploadID: String, clock: any RunClock) async throws {
        for attempt in 0..<6 {
            if attempt > 0 { try await clock.sleep(for: .milliseconds(250 << attempt)) }
            try await abortMultipartUpload(key, uploadID: uploadID)
            let parts = try await listParts(key, uploadID: uploadID) ?? []
            if parts.isEmpty { return }
        }
        throw notAborted(key, uploadID)
    }

    func notAborted(_ key: String, _ uploadID: String) -> S3Error {
        let place = "--bucket \(ShellWord.quoted(bucket)) --key \(ShellWord.quoted(key))"
        return S3Error(
            .uploadNotAborted, "AbortMultipartUpload", url(key), "the upload \(uploadID) still has parts after 6 tries",
            advice: "end it by hand with "
                + "`aws s3api abort-multipart-upload \(place) --upload-id \(ShellWord.quoted(uploadID))`")
    }

    private struct Marker: Hashable {
        var key: String
        var uploadID: String
    }

    private func uploadPage(
        _ prefix: String, after marker: Marker?
    ) async throws -> (uploads: [PendingUpload], next: Marker?) {
        var query: [(String, String?)] = [("uploads", nil), ("encoding-type", "url"), ("prefix", prefix)]
        if let marker { query += [("key-marker", marker.key), ("upload-id-marker", marker.uploadID)] }
        let place = ListedPlace(operation: "ListMultipartUploads", resource: url(prefix), prefix: prefix)
        return try await sender.read(
            request("ListMultipartUploads", .get, query: query), root: "ListMultipartUploadsResult"
        ) { root in
            let isEncoded = root.text("EncodingType") == "url"
            let uploads = try root.children("Upload").map { upload in
                PendingUpload(
                    key: try place.key(upload.required("Key"), isEncoded: isEncoded),
                    uploadID: try upload.required("UploadId"), initiated: upload.text("Initiated") ?? "")
            }
            guard root.text("IsTruncated") == "true" else { return (uploads, nil) }
            let key = try place.key(root.required("NextKeyMarker"), isEncoded: isEncoded)
            return (uploads, Marker(key: key, uploadID: try root.required("NextUploadIdMarker")))
        }
    }
}
