internal import HTTP
public import ObjectStorage
internal import TextCoding

extension S3Client {
    /// The objects whose keys begin with `prefix`, in no order to rely on.
    ///
    /// - Parameter delimiter: `/` to see one level only.
    public func listObjects(prefix: String, delimiter: String?) -> ObjectListing {
        ObjectListing {
            S3Error(
                .repeatedContinuation, "ListObjectsV2", url(prefix),
                "a continuation token came twice, so the listing would never end")
        } page: { token in
            try await listPage(prefix: prefix, delimiter: delimiter, continuation: token)
        }
    }

    /// One page of `listObjects`.
    func listPage(prefix: String, delimiter: String?, continuation: String?) async throws -> ListPage {
        var query: [(String, String?)] = [("list-type", "2"), ("encoding-type", "url"), ("prefix", prefix)]
        if let delimiter { query.append(("delimiter", delimiter)) }
        if let continuation { query.append(("continuation-token", continuation)) }
        let place = ListedPlace(operation: "ListObjectsV2", resource: url(prefix), prefix: prefix)
        return try await sender.read(request("ListObjectsV2", .get, query: query), root: "ListBucketResult") { root in
            let isEncoded = root.text("EncodingType") == "url"
            let objects = try root.children("Contents").map { entry in
                ListedObject(
                    key: try place.key(entry.required("Key"), isEncoded: isEncoded),
                    size: try entry.requiredInteger("Size"), etag: entry.text("ETag") ?? "",
                    lastModified: entry.text("LastModified") ?? "")
            }
            let prefixes = try root.children("CommonPrefixes").map {
                try place.key($0.required("Prefix"), isEncoded: isEncoded)
            }
            return ListPage(objects: objects, commonPrefixes: prefixes, next: try place.next(root))
        }
    }
}

/// Reads what a listing says, and trusts nothing of it.
struct ListedPlace: Sendable {
    var operation: String
    var resource: String
    var prefix: String

    /// - Throws: `foreignKey` for a key that cannot be decoded, is outside the prefix, or is one that S3 cannot hold.
    func key(_ text: String, isEncoded: Bool) throws(S3Error) -> String {
        guard let key = isEncoded ? PercentEncoding.decode(text, plusIsSpace: true) : text else {
            throw refused("a key does not have the requested encoding", text)
        }
        guard key.utf8.starts(with: prefix.utf8) else { throw refused("a key lies outside the prefix", key) }
        guard (1...1_024).contains(key.utf8.count), !key.utf8.contains(0) else {
            throw refused("a key is empty, too long or has a NUL", key)
        }
        return key
    }

    /// The token of the next page; nil on the last.
    func next(_ root: XMLElement) throws -> String? {
        guard try root.required("IsTruncated") == "true" else { return nil }
        guard let token = root.text("NextContinuationToken"), !token.isEmpty else {
            throw S3Error(.unexpectedReply, operation, resource, "a page says that more follow, but not where")
        }
        return token
    }

    private func refused(_ reason: String, _ key: String) -> S3Error {
        S3Error(.foreignKey, operation, resource, "\(reason): \(String(key.prefix(100)).debugDescription)")
    }
}
