internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// A part of a listing that is sorted in itself: in memory, or in a file with one entry a line.
enum ListingRun: Sendable {
    case memory(ListingBuffer)
    case file(FilePath)

    static func write(_ buffer: ListingBuffer, to path: FilePath) throws -> ListingRun {
        let lines = try LineWriter(path)
        for index in 0..<buffer.count {
            let file = buffer[index]
            var line = JSONLine()
            line.add("key", file.key)
            line.add("size", file.size)
            line.add("etag", file.etag)
            try lines.write(line.finish())
        }
        try lines.finish(durable: false)
        return .file(path)
    }

    /// Deletes those that are files.
    static func remove(_ runs: [ListingRun]) {
        for case .file(let path) in runs { unlink(path.string) }
    }

    /// Gives the entries one by one, and nil at the end.
    func reader() throws -> () throws -> ListedFile? {
        switch self {
        case .memory(let buffer):
            var index = 0
            return {
                guard index < buffer.count else { return nil }
                defer { index += 1 }
                return buffer[index]
            }
        case .file(let path):
            let lines = try LineReader(path)
            return { try lines.next().map { try ListedFile(line: $0) } }
        }
    }
}

extension ListedFile {
    fileprivate init(line: [UInt8]) throws {
        var (key, etag): (String?, String?) = (nil, nil)
        var size: Int?
        try JSONScanner.object(line) { name, scanner in
            switch name {
            case "key": key = try scanner.text()
            case "size": size = try scanner.integer()
            case "etag": etag = try scanner.text()
            default: try scanner.skip()
            }
        }
        guard let key, let size, let etag else { throw MissingField(names: "key, size and etag") }
        self.init(key: key, size: size, etag: etag)
    }
}
