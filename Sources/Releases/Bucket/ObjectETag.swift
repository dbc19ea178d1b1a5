internal import Digest
internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// What an ETag says of an object's bytes.
enum ObjectETag: Hashable, Sendable {
    /// The MD5 of the bytes, as 32 hexadecimal digits. Under some encryptions it is as long and means nothing.
    case md5(String)
    /// The MD5 of the parts' MD5s.
    case parts(String, count: Int)
    case other

    /// - Parameter text: with its quotes.
    init(_ text: String) {
        let bare = text.filter { $0 != "\"" }
        let pieces = bare.split(separator: "-", omittingEmptySubsequences: false)
        let isMD5 = pieces[0].utf8.count == 32 && pieces[0].allSatisfy { $0.isASCII && $0.isHexDigit }
        switch pieces.count {
        case 1 where isMD5: self = .md5(bare.lowercased())
        case 2 where isMD5:
            self = Int(pieces[1]).map { .parts(pieces[0].lowercased(), count: $0) } ?? .other
        default: self = .other
        }
    }

    /// The sizes that uploaders cut large files into, in MiB.
    private static let usualSizes = [8, 5, 16, 64, 10, 15, 32, 25, 50, 100, 128, 256, 512]

    /// Part sizes with which a file of this size has that many parts, the likeliest first. In bytes.
    static func partSizes(of size: Int, count: Int, first: Int) -> [Int] {
        var sizes: [Int] = []
        for part in [first] + usualSizes.map({ $0 << 20 }) where part > 0 && !sizes.contains(part) {
            if max(1, (size + part - 1) / part) == count { sizes.append(part) }
        }
        return sizes
    }

    /// Whether a file has the bytes that the ETag stands for. Where it says no, they may be the same all the same. It blocks.
    ///
    /// - Parameter partSize: that this uploader would cut the file into.
    func matches(_ path: FilePath, size: Int, partSize: Int, _ flag: CancellationFlag) throws -> Bool {
        switch self {
        case .md5(let digest): return try Self.digest(path, partSize: .max, flag)?.parts.first == digest
        case .parts(let digest, let count):
            for part in Self.partSizes(of: size, count: count, first: partSize) {
                if try Self.digest(path, partSize: part, flag)?.joined == digest { return true }
            }
            return false
        case .other: return false
        }
    }

    /// - Returns: nil where this machine has no MD5.
    private static func digest(
        _ path: FilePath, partSize: Int, _ flag: CancellationFlag
    ) throws -> (parts: [String], joined: String)? {
        guard let md5 = MD5(), let whole = MD5() else { return nil }
        let file = try DurableFile.open(path, .readOnly, options: [.noFollow, .nonBlocking])
        defer { try? file.close() }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var parts: [String] = []
        var left = partSize
        func endPart() {
            let digest = md5.finish()
            digest.withUnsafeBytes { whole.update($0) }
            parts.append(hex(digest))
            left = partSize
        }
        while true {
            try flag.check()
            let count = try buffer.withUnsafeMutableBytes { bytes in
                do {
                    return try file.read(
                        into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<min(bytes.count, left)]))
                } catch let error as Errno {
                    throw FileError("read", path, error)
                }
            }
            if count == 0 { break }
            buffer.withUnsafeBytes { md5.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            left -= count
            if left == 0 { endPart() }
        }
        if parts.isEmpty || left < partSize { endPart() }
        return (parts, hex(whole.finish()))
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
