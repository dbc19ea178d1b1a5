internal import Glibc
internal import PipelineKit

/// The rules for the keys of files in a release.
enum AssetKey {
    /// - Throws: `StepError` `bad-key`. A key that passes cannot lead out of the folder that it is joined to.
    static func check(_ key: String) throws {
        guard let reason = problem(with: key) else { return }
        throw StepError(
            "bad-key", "`\(key)` cannot be the key of a file in a release: it \(reason)",
            help: "rename the file, or leave it out with `exclude`")
    }

    /// Why a text cannot be a key, as a part of a sentence; nil if it can.
    static func problem(with key: String) -> String? {
        guard !key.isEmpty else { return "is empty" }
        guard key.utf8.count <= 1_024 else { return "is longer than 1,024 bytes" }
        // In one pass and without slices, because every key of a site is checked here.
        var (count, dots) = (0, 0)
        func problemWithPart() -> String? {
            if count == 0 { return "has an empty part (a `/` at its start or end, or two in a row)" }
            if count > 255 { return "has a part longer than 255 bytes" }
            return dots == count && count <= 2 ? "has the part `\(count == 1 ? "." : "..")`" : nil
        }
        for byte in key.utf8 {
            if byte == 0 { return "contains a zero byte" }
            guard byte == UInt8(ascii: "/") else {
                count += 1
                if byte == UInt8(ascii: ".") { dots += 1 }
                continue
            }
            if let problem = problemWithPart() { return problem }
            (count, dots) = (0, 0)
        }
        return problemWithPart()
    }
}

extension String {
    /// True if both have the same bytes. Equality of Swift strings takes two Unicode spellings of one text for the
    /// same, but keys differ by their bytes.
    package func hasSameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && orderByBytes(other) == 0
    }

    package func precedesByBytes(_ other: String) -> Bool { orderByBytes(other) < 0 }

    /// Below 0 if it comes before the other one, above 0 if it comes after it, and 0 for the same bytes.
    package func orderByBytes(_ other: String) -> Int {
        let order = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                guard let first = left.baseAddress, let second = right.baseAddress else {
                    return left.count - right.count
                }
                let order = memcmp(first, second, min(left.count, right.count))
                return order == 0 ? left.count - right.count : Int(order)
            }
        }
        if let order = order ?? nil { return order }
        return utf8.elementsEqual(other.utf8) ? 0 : utf8.lexicographicallyPrecedes(other.utf8) ? -1 : 1
    }

    /// What comes after a start that the text is known to have. It works on bytes, because a character may reach beyond
    /// the start.
    package func withoutStart(_ start: String) -> String {
        String(decoding: utf8.dropFirst(start.utf8.count), as: UTF8.self)
    }

    package func startsWithBytes(of other: String) -> Bool { utf8.starts(with: other.utf8) }
}
