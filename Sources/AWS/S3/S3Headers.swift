internal import HTTP
internal import ObjectStorage
internal import TextCoding

extension ObjectHeaders {
    /// What a GET or HEAD says of an object. A type that nobody gave comes back as `binary/octet-stream`.
    init(reply headers: HTTPHeaders) {
        self.init(
            contentType: headers["content-type"], contentEncoding: headers["content-encoding"],
            cacheControl: headers["cache-control"], websiteRedirect: headers["x-amz-website-redirect-location"])
        for field in headers.fields {
            let name = field.name.lowercased()
            if Self.isShown(name) { others[name] = field.value }
        }
    }

    func add(to headers: inout HTTPHeaders) {
        let known = [
            ("content-type", contentType), ("content-encoding", contentEncoding), ("cache-control", cacheControl),
            ("x-amz-website-redirect-location", websiteRedirect),
        ]
        for (name, value) in known {
            if let value { headers.add(name, value) }
        }
        for (name, value) in others.sorted(by: { $0.key < $1.key }) { headers.add(name, value) }
    }
}

extension ObjectInfo {
    init(_ key: String, _ reply: HTTPHeaders, size: Int) {
        self.init(
            key: key, size: size, etag: reply["etag"] ?? "", headers: ObjectHeaders(reply: reply),
            checksumSHA256: reply["x-amz-checksum-sha256"],
            lastModified: reply["last-modified"].flatMap(HTTPDate.read), date: reply["date"].flatMap(HTTPDate.read))
    }
}

extension WriteCondition {
    var header: (name: String, value: String) {
        switch self {
        case .absent: ("if-none-match", "*")
        case .etag(let etag): ("if-match", etag)
        }
    }
}

extension WriteOutcome {
    /// The two refusals that belong to a condition are answers; nil for other errors.
    init?(_ error: AWSError, of condition: WriteCondition) {
        switch (error.status, error.serviceCode, condition) {
        case (412, _, _), (404, "NoSuchKey", .etag): self = .conditionFalse
        case (409, "ConditionalRequestConflict", _), (409, "OperationAborted", _): self = .contended
        default: return nil
        }
    }
}
