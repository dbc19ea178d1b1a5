internal import PipelineKit

/// What may be the key of a file in a release, and how keys are ordered.
enum AssetKey {
    /// - Throws: `StepError` `bad-key`. A key that passes cannot lead out of the folder that it is joined to.
    static func check(_ key: String) throws {
        guard let reason = problem(with: key) else { return }
        throw StepError(
            "bad-key", "`\(key)` cannot be the key of a file in a release: it \(reason)",
            help: "rename the file, or leave it out with `exclude`")
    }

    private static func problem(with key: String) -> String? {
        guard !key.isEmpty else { return "is empty" }
        guard key.utf8.count <= 1_024 else { return "is longer than 1,024 bytes" }
        guard !key.utf8.contains(0) else { return "contains a zero byte" }
        for part in key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if part.isEmpty { return "has an empty part (a `/` at its start or end, or two in a row)" }
            if part.count > 255 { return "has a part longer than 255 bytes" }
            if part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) {
                return "has the part `\(Substring(part))`"
            }
        }
        return nil
    }
}

extension String {
    /// Equality of Swift strings takes two Unicode spellings of one text for the same; keys differ by their bytes.
    func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    func precedesByBytes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }

    /// What is behind a start that it is known to have. Characters may reach over the end of it.
    func withoutStart(_ start: String) -> String { String(decoding: utf8.dropFirst(start.utf8.count), as: UTF8.self) }

    func startsWithBytes(of other: String) -> Bool { utf8.starts(with: other.utf8) }
}
