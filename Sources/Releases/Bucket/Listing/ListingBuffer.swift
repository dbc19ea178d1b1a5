internal import Glibc

/// Many listed files in little memory: their texts one after the other, and the place at which each begins.
struct ListingBuffer: Sendable {
    private struct Entry {
        let start: UInt32
        let keyLength: UInt16
        let etagLength: UInt16
        let size: Int
    }

    private var texts: [UInt8] = []
    private var entries: [Entry] = []

    var count: Int { entries.count }
    /// In bytes.
    var memory: Int { texts.count + entries.count * MemoryLayout<Entry>.stride }

    mutating func add(_ file: ListedFile) {
        let start = texts.count
        texts.append(contentsOf: file.key.utf8)
        let keyLength = texts.count - start
        texts.append(contentsOf: file.etag.utf8.prefix(256))
        entries.append(
            Entry(
                start: UInt32(start), keyLength: UInt16(keyLength),
                etagLength: UInt16(texts.count - start - keyLength), size: file.size))
    }

    mutating func removeAll() {
        texts.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }

    /// By the bytes of the keys.
    mutating func sort() {
        entries = texts.withUnsafeBufferPointer { texts in
            guard let base = texts.baseAddress else { return entries }
            return entries.sorted { left, right in
                let common = Int(min(left.keyLength, right.keyLength))
                let order = memcmp(base + Int(left.start), base + Int(right.start), common)
                return order == 0 ? left.keyLength < right.keyLength : order < 0
            }
        }
    }

    subscript(index: Int) -> ListedFile {
        let entry = entries[index]
        let start = Int(entry.start)
        let middle = start + Int(entry.keyLength)
        return ListedFile(
            key: String(decoding: texts[start..<middle], as: UTF8.self), size: entry.size,
            etag: String(decoding: texts[middle..<(middle + Int(entry.etagLength))], as: UTF8.self))
    }
}
