internal import PipelineKit
public import SystemPackage
internal import FoundationEssentials

/// The file that flows `hash` → `gzip` → `sync`: JSON Lines, one asset a line, sorted by the bytes of the key.
///
/// It is read and written as a stream: a site of 200,000 files does not sit in memory.
public enum AssetList {
    /// Reads a list from its start.
    public final class Reader {
        private let lines: LineReader
        private let path: FilePath
        private let decoder = JSONDecoder()

        public init(_ path: FilePath) throws {
            self.path = path
            lines = try LineReader(path)
        }

        /// The next asset, or nil at the end.
        ///
        /// - Throws: `StepError` `bad-asset-list` where a line is no asset.
        public func next() throws -> Asset? {
            guard let line = try lines.next() else { return nil }
            do {
                return try decoder.decode(Asset.self, from: Data(line))
            } catch {
                throw StepError(
                    "bad-asset-list", "line \(lines.lineNumber) of the asset list \(path) is no asset: \(error)",
                    help: "run the pipeline again from its `hash` step")
            }
        }
    }

    /// Writes a list; the file is there only after `finish`.
    public final class Writer {
        private let lines: LineWriter
        private let encoder = JSONEncoder()

        public init(_ path: FilePath) throws {
            lines = try LineWriter(path)
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        }

        public func write(_ asset: Asset) throws {
            try lines.write(String(decoding: encoder.encode(asset), as: UTF8.self))
        }

        public func finish() throws {
            try lines.finish(durable: true)
        }
    }
}
