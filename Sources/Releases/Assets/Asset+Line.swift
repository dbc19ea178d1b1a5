/// An asset as one line of JSON; the names are those of the properties.
extension Asset {
    var line: [UInt8] {
        var line = JSONLine()
        line.add("key", key)
        line.add("path", path)
        line.add("size", size)
        line.add("sha256", sha256)
        line.add("contentType", contentType)
        line.add("contentEncoding", contentEncoding)
        line.add("isFingerprinted", isFingerprinted)
        if let original {
            var object = JSONLine()
            object.add("path", original.path)
            object.add("size", original.size)
            object.add("sha256", original.sha256)
            line.add("original", object)
        }
        line.add("gzip", gzip)
        line.add("redirect", redirect)
        line.add("site", site)
        return line.finish()
    }

    /// - Throws: if the line is not a JSON object, or a field is missing.
    init(line: [UInt8]) throws {
        var (key, path, sha256, contentType, contentEncoding): (String?, String?, String?, String?, String?)
        var size: Int?
        var isFingerprinted = false
        var original: Original?
        var (gzip, redirect, site): (String?, String?, String?)
        try JSONScanner.object(line) { name, scanner in
            switch name {
            case "key": key = try scanner.text()
            case "path": path = try scanner.text()
            case "size": size = try scanner.integer()
            case "sha256": sha256 = try scanner.text()
            case "contentType": contentType = try scanner.text()
            case "contentEncoding": contentEncoding = try scanner.text()
            case "isFingerprinted": isFingerprinted = try scanner.bool()
            case "original": original = try Original(from: &scanner)
            case "gzip": gzip = try scanner.text()
            case "redirect": redirect = try scanner.text()
            case "site": site = try scanner.text()
            default: try scanner.skip()
            }
        }
        guard let key, let path, let size, let sha256, let contentType else {
            throw MissingField(names: "key, path, size, sha256 and contentType")
        }
        self.init(
            key: key, path: path, size: size, sha256: sha256, contentType: contentType,
            contentEncoding: contentEncoding, isFingerprinted: isFingerprinted, original: original)
        (self.gzip, self.redirect, self.site) = (gzip, redirect, site)
    }
}

extension Asset.Original {
    fileprivate init(from scanner: inout JSONScanner) throws {
        var (path, size, sha256): (String?, Int?, String?) = (nil, nil, nil)
        try scanner.object { name, scanner in
            switch name {
            case "path": path = try scanner.text()
            case "size": size = try scanner.integer()
            case "sha256": sha256 = try scanner.text()
            default: try scanner.skip()
            }
        }
        guard let path, let size, let sha256 else { throw MissingField(names: "path, size and sha256") }
        self.init(path: path, size: size, sha256: sha256)
    }
}

/// A line of JSON without a field that it must have.
struct MissingField: Error, CustomStringConvertible {
    var names: String
    var description: String { "it must have \(names)" }
}
