internal import HTTP
internal import Releases
internal import TextCoding

/// A file of the release that is there, with a good status and the right content type, and that has other bytes.
struct WrongBytes: Hashable, Sendable {
    enum Cause: Hashable, Sendable, CaseIterable {
        /// They are those of the release before.
        case earlierRelease
        /// They are neither this release's nor those of the one before, as far as that is known.
        case rewritten
    }

    var cause: Cause
    var key: String
    var host: String
    var port: Int

    /// - Returns: nil if the bytes are right, or something else is wrong as well.
    init?(of check: Check, in answer: Answer) {
        guard let file = check.file, (200..<300).contains(answer.status), file.mismatch(in: answer) != nil,
            answer.size > 0 || file.size == 0,
            answer.header("content-type").map({ MediaType.mayBeRewritten(file.contentType, as: $0) }) == true
        else { return nil }
        let isEarlier = check.earlier.map { $0.mismatch(in: answer) == nil } ?? false
        (cause, key) = (isEarlier ? .earlierRelease : .rewritten, file.key)
        (host, port) = (check.url.host, check.url.port)
    }

    /// Says why, and what to do.
    static func help(_ all: [WrongBytes]) -> String? {
        let lines = Cause.allCases.compactMap { cause -> String? in
            let found = all.filter { $0.cause == cause }
            guard let first = found.first else { return nil }
            switch cause {
            case .earlierRelease:
                return """
                    the server still sends \(found.count == 1 ? "that file" : "\(found.count) of these files") as in the \
                    release before: it serves another folder, or a cache has not dropped it yet. Drop it after the \
                    switch, or repeat this step: `retry: { when: [failure], backoff: { initial: 30s } }`
                    """
            case .rewritten:
                return """
                    the server answers with the right content type and other bytes, so something in between has changed \
                    them: a proxy or CDN that minifies, hides e-mail addresses or puts a script of its own into pages; or \
                    a cache that has another release. Ask the server behind it, \
                    `resolve: "\(first.host):\(first.port):ADDRESS"`, or leave such files out, \
                    `exclude: [\(patterns(found.map(\.key)).map { "\"\($0)\"" }.joined(separator: ", "))]`
                    """
            }
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    /// One for each ending of the files' names, or the names themselves.
    private static func patterns(_ keys: [String]) -> [String] {
        var patterns: Set<String> = []
        for key in keys {
            let name = key.split(separator: "/").last ?? ""
            let ending = name.split(separator: ".").dropFirst().last
            let isPlain = ending?.utf8.allSatisfy(\.isASCIIAlphanumeric) ?? false
            patterns.insert(isPlain ? "**/*.\(ending ?? "")" : "**/\(name)")
        }
        return patterns.sorted()
    }
}
