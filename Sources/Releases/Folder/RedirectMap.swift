internal import Glibc
internal import PipelineKit
internal import SystemPackage
internal import TextCoding

/// The redirects of a release in a folder store, in the language of nginx. Its maps cannot be switched with a link, so
/// each key says which release it is of: nginx knows all of them, and a visitor gets those of the release that the link
/// leads to at that moment.
enum RedirectMap {
    /// - Parameter folder: the release's, without links in it.
    /// - Returns: nil if the manifest has no redirect.
    static func text(of manifest: FilePath, below folder: String) throws -> String? {
        let reader = try Manifest.Reader(manifest)
        var redirects: [(path: String, target: String)] = []
        while let entry = try reader.next() {
            guard let target = entry.redirect else { continue }
            let path = folder + "/" + entry.key
            redirects.append((path, target))
            let page = "/index.html"
            if entry.key.hasSuffix(page) { redirects.append((String(path.dropLast(page.count - 1)), target)) }
        }
        if redirects.isEmpty { return nil }
        // nginx compares these without regard to case, and does not start if two are the same. A pattern has regard.
        let spellings = Dictionary(grouping: redirects) { $0.path.lowercased() }.mapValues(\.count)
        let lines = redirects.map { redirect in
            let isAlone = spellings[redirect.path.lowercased()] == 1
            let key = isAlone ? redirect.path : "~^" + pattern(redirect.path) + "$"
            return "\(quoted(key)) \(quoted(redirect.target.replacing("$", with: "%24")));\n"
        }
        return "# For a map of \"$realpath_root$uri\" in the configuration of nginx.\n" + lines.joined()
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func pattern(_ text: String) -> String {
        text.map { $0.isLetter || $0.isNumber || "/-_".contains($0) ? String($0) : "\\" + String($0) }.joined()
    }
}

extension ReleaseStore {
    /// Writes what a web server must know of a release's redirects, before the release is complete.
    func writeRedirects(of upload: Upload) async throws {
        guard isFolder else { return }
        let place = location(of: upload.version)
        let text = try await BlockingWork.run { _ in
            guard let real = realpath(place, nil) else {
                return try RedirectMap.text(of: upload.manifest, below: place)
            }
            defer { free(real) }
            return try RedirectMap.text(of: upload.manifest, below: String(cString: real))
        }
        let record = StoreRecord.redirects(of: upload.version)
        if let text {
            try await write(Array(text.utf8), to: record)
        } else {
            try await delete(record)
        }
    }
}
