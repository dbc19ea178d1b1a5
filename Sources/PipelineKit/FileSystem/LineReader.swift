public import SystemPackage

/// Reads a file line by line, in memory that does not grow with the file.
///
/// It belongs to the task that reads.
public final class LineReader {
    private let file: RegularFile
    private var path: FilePath { file.path }
    private var buffer: [UInt8]
    private var start = 0
    private var end = 0
    private var isAtEnd = false
    /// The number of the line returned last; the first is 1.
    public private(set) var lineNumber = 0

    public convenience init(_ path: FilePath, bufferSize: Int = 65_536, followsLink: Bool = true) throws {
        self.init(try RegularFile(path, followsLink: followsLink), bufferSize: bufferSize)
    }

    public init(_ file: RegularFile, bufferSize: Int = 65_536) {
        self.file = file
        buffer = [UInt8](repeating: 0, count: bufferSize)
    }

    /// Returns the next line without its end, or nil at the end of the file. A last line without an end is a line too.
    ///
    /// - Parameter limit: in bytes; a longer line is refused with `fileTooLarge`.
    public func next(limit: Int = 16 << 20) throws -> [UInt8]? {
        var searched = 0
        while true {
            if let newline = buffer[(start + searched)..<end].firstIndex(of: 0x0A) {
                defer { start = newline + 1 }
                lineNumber += 1
                return Array(buffer[start..<newline])
            }
            searched = end - start
            guard searched <= limit else { throw FileError("read", path, .fileTooLarge) }
            if isAtEnd {
                guard end > start else { return nil }
                defer { start = end }
                lineNumber += 1
                return Array(buffer[start..<end])
            }
            try fill()
        }
    }

    private func fill() throws {
        if start > 0 {
            buffer.replaceSubrange(0..<(end - start), with: Array(buffer[start..<end]))
            end -= start
            start = 0
        }
        if end == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
        let count = try buffer.withUnsafeMutableBytes { bytes in
            try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[end...]))
        }
        isAtEnd = count == 0
        end += count
    }
}
