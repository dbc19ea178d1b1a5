internal import PipelineKit
internal import TextCoding

/// What an ETag says of an object's bytes.
enum ObjectETag: Hashable, Sendable {
    /// The MD5 of the bytes, as 32 hexadecimal digits. Under some encryptions it is as long and means nothing.
    case md5(String)
    /// The MD5 of the parts' MD5s.
    case parts(String, count: Int)
    case other

    /// - Parameter text: with its quotes.
    init(_ text: String) {
        let quote = UInt8(ascii: "\"")
        var bytes = Array(text.utf8)[...]
        if bytes.first == quote { bytes.removeFirst() }
        if bytes.last == quote { bytes.removeLast() }
        let digest = bytes.prefix(32)
        guard digest.count == 32, digest.allSatisfy(\.isHexDigit) else {
            self = .other
            return
        }
        let md5 = String(decoding: digest.map(\.asciiLowercased), as: UTF8.self)
        let rest = bytes.dropFirst(32)
        if rest.isEmpty {
            self = .md5(md5)
        } else if rest.first == UInt8(ascii: "-"), let count = Int(String(decoding: rest.dropFirst(), as: UTF8.self)) {
            self = .parts(md5, count: count)
        } else {
            self = .other
        }
    }

    /// The sizes that uploaders cut large files into, in MiB.
    private static let usualSizes = [8, 5, 16, 64, 10, 15, 32, 25, 50, 100, 128, 256, 512]

    /// The part sizes, in bytes, with which a file of this size has that many parts, the likeliest first.
    static func partSizes(of size: Int, count: Int, first: Int) -> [Int] {
        var sizes: [Int] = []
        for part in [first] + usualSizes.map({ $0 << 20 }) where part > 0 && !sizes.contains(part) {
            if max(1, (size + part - 1) / part) == count { sizes.append(part) }
        }
        return sizes
    }

    /// True if the ETag is made of a file's bytes. False is inconclusive. It blocks.
    ///
    /// - Parameters:
    ///   - open: opens the file, if it must be read.
    ///   - partSize: that this uploader would cut the file into.
    ///   - digester: nil if this machine has no MD5.
    func matches(
        _ open: () throws -> RegularFile, size: Int, partSize: Int, _ digester: PartDigester?, _ flag: CancellationFlag
    ) throws -> Bool {
        guard let digester else { return false }
        switch self {
        case .md5(let digest): return try digester.digest(open(), flag) == digest
        case .parts(let digest, let count):
            let file = try open()
            for part in Self.partSizes(of: size, count: count, first: partSize) {
                if try digester.digest(file, partSize: part, flag) == digest { return true }
            }
            return false
        case .other: return false
        }
    }
}
