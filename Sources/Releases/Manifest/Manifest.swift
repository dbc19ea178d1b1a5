public import PipelineKit
public import SystemPackage

/// The list of a release's files: JSON Lines, a header and then one entry per line, sorted by the bytes of the key.
///
/// It is read and written as a stream. A reader or writer belongs to the task that uses it.
public enum Manifest {
    public final class Reader {
        public let header: ManifestHeader
        private let lines: LineReader
        private let path: FilePath
        private var lastKey = ""

        /// - Throws: `FileError` if there is no file, or a link or something else in its place; `ManifestError` if it is not a manifest.
        public convenience init(_ path: FilePath) throws {
            try self.init(RegularFile(path))
        }

        /// - Throws: `ManifestError` if it is not a manifest.
        init(_ file: RegularFile) throws {
            path = file.path
            lines = LineReader(file)
            guard let line = try lines.next() else {
                throw Manifest.damaged(path.string, "it is empty")
            }
            header = try Manifest.header(line, of: path.string)
        }

        /// The next entry, or nil at the end. Its key is safe to join to a folder.
        ///
        /// - Throws: `ManifestError` if a line is not an entry, or is out of order.
        public func next() throws -> ManifestEntry? {
            guard let line = try lines.next() else { return nil }
            do {
                let entry = try ManifestEntry(line: line)
                try AssetKey.check(entry.key)
                guard lastKey.precedesByBytes(entry.key) else {
                    throw JSONScanner.Malformed(expected: "a key behind `\(lastKey)`", column: 1)
                }
                lastKey = entry.key
                return entry
            } catch {
                throw Manifest.damaged(path.string, "line \(lines.lineNumber) is not an entry: \(error)")
            }
        }
    }

    /// Writes a manifest; the file is there only after `finish`.
    public final class Writer {
        private let lines: LineWriter
        public private(set) var count = 0

        public init(_ path: FilePath, _ header: ManifestHeader) throws {
            lines = try LineWriter(path, mode: [.ownerReadWrite, .groupRead, .otherRead])
            try lines.write(header.line)
        }

        /// Entries come in the order of their keys' bytes.
        public func write(_ entry: ManifestEntry) throws {
            count += 1
            try lines.write(entry.line)
        }

        /// Puts the manifest in place; it is durable when this returns.
        public func finish() throws { try lines.finish(durable: true) }
    }

    /// Reads the first line of a manifest.
    ///
    /// - Parameter place: where the manifest is, for messages.
    /// - Throws: `ManifestError`; `NewerFormat`.
    static func header(_ line: [UInt8], of place: String) throws -> ManifestHeader {
        do {
            // First, since another format may have other fields.
            let (format, runner) = try ManifestHeader.form(of: line)
            if let format, format > ManifestHeader.currentFormat {
                throw NewerFormat(
                    "the manifest \(place) has format \(format)",
                    known: "formats up to \(ManifestHeader.currentFormat)", named: [runner])
            }
            return try ManifestHeader(line: line)
        } catch let error as NewerFormat {
            throw error
        } catch {
            throw damaged(place, "its header cannot be read: \(error)")
        }
    }

    private static func damaged(_ path: String, _ reason: String) -> ManifestError {
        ManifestError(
            "the manifest \(path) is damaged: \(reason)",
            help: "find out what changed the file, and restore it from a backup")
    }
}

/// A manifest that cannot be read.
public struct ManifestError: DescribedError {
    public let message: String
    public let help: String?

    init(_ message: String, help: String) {
        (self.message, self.help) = (message, help)
    }

    public var code: String { "bad-manifest" }
}
