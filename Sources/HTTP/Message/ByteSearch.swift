internal import CLinux
internal import Glibc

extension [UInt8] {
    /// The first position of the text's bytes, found in time proportional to the array's length.
    package func position(of text: String) -> Int? {
        position(of: Array(text.utf8)[...])
    }

    /// The position of the longest prefix of the text that occurs; nil if that prefix is too short to mean anything.
    package func positionOfLongestPrefix(of text: String) -> Int? {
        let needle = Array(text.utf8)
        var (found, missing) = (0, needle.count + 1)
        var position: Int?
        while missing - found > 1 {
            let length = (found + missing) / 2
            if let place = self.position(of: needle[..<length]) {
                (found, position) = (length, place)
            } else {
                missing = length
            }
        }
        return found >= 3 ? position : nil
    }

    private func position(of needle: ArraySlice<UInt8>) -> Int? {
        guard !needle.isEmpty else { return nil }
        return withUnsafeBytes { body in
            needle.withUnsafeBytes { needle in
                guard let start = body.baseAddress, let wanted = needle.baseAddress,
                    let hit = memmem(start, body.count, wanted, needle.count)
                else { return nil }
                return UnsafeRawPointer(hit) - start
            }
        }
    }

    /// The first position at which two arrays differ; nil if one begins with the other.
    package func firstDifference(from other: [UInt8]) -> Int? {
        let count = Swift.min(count, other.count)
        return withUnsafeBytes { one in
            other.withUnsafeBytes { other in
                guard let first = one.baseAddress, let second = other.baseAddress else { return nil }
                var start = 0
                while start < count {
                    let length = Swift.min(4_096, count - start)
                    if memcmp(first + start, second + start, length) != 0 {
                        return (start..<(start + length)).first { one[$0] != other[$0] }
                    }
                    start += length
                }
                return nil
            }
        }
    }
}
