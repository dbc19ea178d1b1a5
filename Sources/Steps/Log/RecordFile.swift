internal import PipelineKit
internal import SystemPackage

/// A file of records, one per line, to which runs append.
struct RecordFile {
    let path: FilePath
    /// How many bytes at the file's end are searched for a record that an earlier attempt wrote.
    static let searched = 262_144

    init(_ path: FilePath) {
        self.path = path
    }

    /// Appends a line to the file, which is its owner's alone if it is new. The line is durable when this returns. If a line near the end has all `keys`, an attempt before a
    /// crash wrote it, and nothing is appended.
    func append(_ line: String, unlessThere keys: [String]) throws {
        let folder = path.removingLastComponent()
        if try !FileStatus.isFolder(folder) {
            try DurableFile.makeFolder(folder, mode: FilePermissions(rawValue: 0o755))
        }
        let file = try DurableFile.openRegular(path, .readWrite, options: [.append, .create])
        defer { try? file.close() }
        let end = try lastBytes(of: file)
        // A line that a crash cut off stays a line of its own.
        let isTorn = end.last.map { $0 != 0x0A } ?? false
        let lines = end.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
        if lines.dropLast(isTorn ? 1 : 0).contains(where: { line in keys.allSatisfy { line.contains($0) } }) { return }
        try DurableFile.writeAll(Array(((isTorn ? "\n" : "") + line + "\n").utf8), to: file, at: path)
        try DurableFile.sync(file, at: path)
        if end.isEmpty { try DurableFile.syncFolder(of: path) }
    }

    private func lastBytes(of file: FileDescriptor) throws -> [UInt8] {
        do {
            let size = try file.seek(offset: 0, from: .end)
            var bytes = [UInt8](repeating: 0, count: min(Int(size), Self.searched))
            let start = size - Int64(bytes.count)
            var count = 0
            while count < bytes.count {
                let read = try bytes.withUnsafeMutableBytes { buffer in
                    try file.read(
                        fromAbsoluteOffset: start + Int64(count),
                        into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
                }
                if read == 0 { break }
                count += read
            }
            return Array(bytes[..<count])
        } catch let error as Errno {
            throw FileError("read", path, error)
        }
    }
}
