internal import Digest
internal import PipelineKit
internal import Releases
internal import SystemPackage

/// Keys that redirect visitors elsewhere, and have no file of the site. Each is an empty object with a header.
struct RedirectAssets: Sendable {
    private let targets: [[UInt8]: String]

    init(_ redirects: [String: String]) {
        targets = Dictionary(redirects.map { (Array($0.key.utf8), $0.value) }) { first, _ in first }
    }

    func target(of key: String) -> String? { targets.isEmpty ? nil : targets[Array(key.utf8)] }

    var isEmpty: Bool { targets.isEmpty }

    /// Writes a list of the site's files and the redirects, in order.
    ///
    /// - Parameter folder: for the empty file that each of them is.
    /// - Throws: `StepError` `redirect-clash` if a redirect has the key of a file.
    func add(to list: FilePath, writing result: FilePath, _ folder: FilePath) async throws {
        let empty = folder.appending("redirect")
        let redirects = targets.keys.sorted { $0.lexicographicallyPrecedes($1) }.map { key in
            let key = String(decoding: key, as: UTF8.self)
            return Asset(
                key: key, path: empty.string, size: 0, sha256: SHA256.hash([]).description,
                contentType: ContentType.of(key))
        }
        try await BlockingWork.run { flag in
            try DurableFile.write([], to: empty)
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

    private static func clash(_ key: String) -> StepError {
        StepError(
            "redirect-clash", "`redirects` has `\(key)`, and the site has a file of that key",
            help: "remove one of the two")
    }
}
