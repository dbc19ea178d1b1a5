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
        let redirects = try redirects(in: manifest).map { (path: folder + "/" + $0.key, target: $0.target) }
        if redirects.isEmpty { return nil }
        // nginx compares these without regard to case, and does not start if two are the same, also of two releases, or if
        // one is longer than its buckets. A pattern has regard, and any length.
        let spellings = Dictionary(grouping: redirects) { $0.path.lowercased() }.mapValues(\.count)
        let isPlain = folder.split(separator: "/").last.map { $0 == $0.lowercased() } ?? true
        let lines = redirects.map { redirect in
            let isAlone = spellings[redirect.path.lowercased()] == 1
            let isShort = redirect.path.utf8.count <= longest
            let key = isPlain && isAlone && isShort ? redirect.path : "~^" + pattern(redirect.path) + "$"
            return "\(quoted(key)) \(quoted(redirect.target.replacing("$", with: "%24")));\n"
        }
        return "# For a map of \"$realpath_root$uri\" in the configuration of nginx.\n" + lines.joined()
    }

    /// In bytes: buckets of 512 have room for it.
    private static let longest = 400

    /// With the names by which the pages of folders are asked for.
    private static func redirects(in manifest: FilePath) throws -> [(key: String, target: String)] {
        let (reader, page) = (try Manifest.Reader(manifest), "/index.html")
        var redirects: [(key: String, target: String)] = []
        var folders: [String: String] = [:]
        while let entry = try reader.next() {
            guard let target = entry.redirect else { continue }
            redirects.append((entry.key, target))
            guard ("/" + entry.key).hasSuffix(page) else { continue }
            let folder = String(entry.key.dropLast(page.count - 1))
            redirects.append((folder, target))
            if !folder.isEmpty { folders[String(folder.dropLast())] = target }
        }
        if folders.isEmpty { return redirects }
        let again = try Manifest.Reader(manifest)
        while let entry = try again.next() { folders[entry.key] = nil }
        return redirects + folders.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
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
