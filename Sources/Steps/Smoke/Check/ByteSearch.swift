internal import Glibc

extension [UInt8] {
    /// Where the text begins for the first time.
    func position(of text: String) -> Int? {
        position(of: Array(text.utf8)[...])
    }

    /// Where the longest beginning of the text that occurs begins; nil where it is too short to say something.
    func positionOfLongestPrefix(of text: String) -> Int? {
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
        withUnsafeBytes { body in
            needle.withUnsafeBytes { needle in
                guard let start = body.baseAddress, let wanted = needle.baseAddress, let first = needle.first else {
                    return nil
                }
                var offset = 0
                while offset + needle.count <= body.count,
                    let hit = memchr(start + offset, Int32(first), body.count - needle.count - offset + 1)
                {
                    offset = UnsafeRawPointer(hit) - start
                    if memcmp(start + offset, wanted, needle.count) == 0 { return offset }
                    offset += 1
                }
                return nil
            }
        }
    }
}
