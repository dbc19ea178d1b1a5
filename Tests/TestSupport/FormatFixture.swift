internal import CZlib
internal import FoundationEssentials
internal import PipelineKit
public import SystemPackage

/// What a runner has written into stores, run folders and pipeline files: `Tests/Fixtures/format-<n>`.
///
/// The fixtures name the folder `/srv/site`, and those of buckets a bucket, a prefix and a distribution of that time. A copy
/// names others. Records of a journal get a new checksum for that and are otherwise as they were.
public enum FormatFixture {
    /// Every format that was ever written, the oldest first.
    public static let formats = [1, 2]

    /// Where the fixtures' project was.
    public static let project = "/srv/site"

    public static var top: FilePath {
        FilePath(#filePath).removingLastComponent().removingLastComponent().appending("Fixtures")
    }

    public static func path(_ format: Int, _ name: String) -> FilePath {
        top.appending("format-\(format)").appending(name)
    }

    /// Copies a fixture with everything in it.
    ///
    /// - Parameter names: texts that are replaced, in names of files as well.
    public static func copy(_ source: FilePath, to target: FilePath, replacing names: [String: String]) throws {
        try DurableFile.makeFolder(target)
        for name in try DurableFile.entries(of: source) {
            let from = source.appending(name)
            let to = target.appending(String(decoding: replaced(Array(name.utf8), names), as: UTF8.self))
            if let link = try? FileManager.default.destinationOfSymbolicLink(atPath: from.string) {
                try FileManager.default.createSymbolicLink(atPath: to.string, withDestinationPath: link)
            } else if try FileStatus.isFolder(from) {
                try copy(from, to: to, replacing: names)
            } else {
                let bytes = try DurableFile.read(from)
                let isJournal = name == "journal.jsonl"
                try DurableFile.write(
                    isJournal ? relocated(bytes, names) : replaced(bytes, names), to: to,
                    mode: [.ownerReadWrite, .groupRead, .otherRead])
            }
        }
    }

    /// A journal whose records name other places.
    static func relocated(_ journal: [UInt8], _ names: [String: String]) -> [UInt8] {
        // `,"crc":"01234567"}`
        let tail = 18
        return journal.split(separator: 0x0A).flatMap { line -> [UInt8] in
            let body = replaced(Array(line.dropLast(tail)), names)
            let sum = String(crc32(0, body, UInt32(body.count)), radix: 16)
            return body + Array(",\"crc\":\"\(String(repeating: "0", count: 8 - sum.count))\(sum)\"}\n".utf8)
        }
    }

    private static func replaced(_ bytes: [UInt8], _ names: [String: String]) -> [UInt8] {
        // What is no text, such as a compressed file, names nothing.
        guard var text = String(validating: bytes, as: UTF8.self) else { return bytes }
        for (old, new) in names.sorted(by: { $0.key < $1.key }) { text = text.replacing(old, with: new) }
        return Array(text.utf8)
    }
}
