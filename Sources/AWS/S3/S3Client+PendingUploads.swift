internal import HTTP

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
