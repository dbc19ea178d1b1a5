internal import Digest
internal import PipelineKit
internal import Releases
internal import SystemPackage
internal import TextCoding

/// Keys that redirect visitors elsewhere, and have no file of the site. In a bucket each is an object with a header.
struct RedirectAssets: Sendable {
    private let targets: [String: String]
    private let folders: Bool
    private let pages: Bool

    init(_ options: Sync.Options) {
        (targets, folders, pages) = (options.redirects, options.folderRedirects, options.redirectPages)
    }

    var isEmpty: Bool { targets.isEmpty && !folders }

    /// Writes a list of the site's files and the redirects, in order.
    ///
    /// - Parameter folder: for the bytes of the redirects.
    /// - Throws: `StepError` `redirect-clash` if one of `redirects` has the key of a file.
    func add(to list: FilePath, writing result: FilePath, _ folder: FilePath) async throws {
        try await BlockingWork.run { flag in
            let redirects = try assets(for: list, folder.appending("redirects"), flag)
            let (files, writer) = (try AssetList.Reader(list), try AssetList.Writer(result))
            var rest = redirects[...]
            while let file = try files.next() {
                try flag.check()
                while let next = rest.first, next.key.utf8.lexicographicallyPrecedes(file.key.utf8) {
                    try writer.write(rest.removeFirst())
                }
                if let next = rest.first, next.key.utf8.elementsEqual(file.key.utf8) { throw Self.clash(file.key) }
                try writer.write(file)
            }
            for redirect in rest { try writer.write(redirect) }
            try writer.finish()
        }
    }

    /// In the order of their keys' bytes.
    private func assets(for list: FilePath, _ folder: FilePath, _ flag: CancellationFlag) throws -> [Asset] {
        var redirects: [[UInt8]: String] = [:]
        if folders { redirects = try Self.folders(in: list, flag) }
        for (key, target) in targets { redirects[Array(key.utf8)] = target }
        try DurableFile.makeFolder(folder)
        let empty = folder.appending("empty")
        try DurableFile.write([], to: empty)
        let keys = redirects.keys.sorted { $0.lexicographicallyPrecedes($1) }
        return try keys.enumerated().map { number, bytes in
            let (key, target) = (String(decoding: bytes, as: UTF8.self), redirects[bytes] ?? "")
            var asset = Asset(
                key: key, path: empty.string, size: 0, sha256: SHA256.hash([]).description,
                contentType: ContentType.of(key))
            if pages {
                let (path, page) = (folder.appending("\(number).html"), Array(Self.page(to: target).utf8))
                try DurableFile.write(page, to: path)
                asset.path = path.string
                (asset.size, asset.sha256) = (page.count, SHA256.hash(page).description)
                asset.contentType = ContentType.of("index.html")
            }
            asset.redirect = target
            return asset
        }
    }

    /// A website endpoint sends readers of `docs` to `docs/` itself, but with the origin path in front, which is none of
    /// their business and leads nowhere.
    private static func folders(in list: FilePath, _ flag: CancellationFlag) throws -> [[UInt8]: String] {
        let (files, ending) = (try AssetList.Reader(list), "/index.html")
        var (redirects, names): ([[UInt8]: String], Set<[UInt8]>) = ([:], [])
        while let file = try files.next() {
            try flag.check()
            guard file.key.hasSuffix(ending) else { continue }
            let key = Array(file.key.utf8.dropLast(ending.utf8.count))
            redirects[key] = "/" + PercentEncoding.urlPath.encode(String(decoding: key, as: UTF8.self)) + "/"
            names.insert(key)
        }
        // A list that somebody else wrote may have a file of such a name.
        let again = try AssetList.Reader(list)
        while let file = try again.next() {
            let key = Array(file.key.utf8)
            if names.contains(key) { redirects[key] = nil }
        }
        return redirects
    }

    /// For a server that knows nothing of redirects.
    private static func page(to target: String) -> String {
        let escapes: [(Character, String)] = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;")]
        let url = escapes.reduce(target) { $0.replacing(String($1.0), with: $1.1) }
        return """
            <!doctype html>
            <meta charset="utf-8">
            <title>Moved</title>
            <link rel="canonical" href="\(url)">
            <meta http-equiv="refresh" content="0; url=\(url)">
            <p>This page is now at <a href="\(url)">\(url)</a>.</p>

            """
    }

    private static func clash(_ key: String) -> StepError {
        StepError(
            "redirect-clash", "`redirects` has `\(key)`, and the site has a file of that key",
            help: "remove one of the two")
    }
}
