internal import PipelineKit
public import SystemPackage

/// The file that `hash` → `gzip` → `sync` pass on: JSON Lines, one asset per line, sorted by the keys' bytes.
///
/// It is read and written as a stream: a site of 200,000 files is never in memory as a whole.
public enum AssetList {
    /// Reads a list from its start.
    public final class Reader {
        private let lines: LineReader
        private let path: FilePath

        public init(_ path: FilePath) throws {
            self.path = path
            lines = try LineReader(path)
        }

        /// The next asset, or nil at the end.
        ///
        /// - Throws: `StepError` `bad-asset-list` if a line is not an asset.
        public func next() throws -> Asset? {
            guard let line = try lines.next() else { return nil }
            do {
                return try Asset(line: line)
            } catch {
                throw StepError(
                    "bad-asset-list", "line \(lines.lineNumber) of the asset list \(path) is not an asset: \(error)",
                    help: "run the pipeline again from its `hash` step")
            }
        }
    }

    /// Writes a list; the file is there only after `finish`.
    public final class Writer {
        private let lines: LineWriter

        public init(_ path: FilePath) throws {
            lines = try LineWriter(path)
        }

        public func write(_ asset: Asset) throws {
            try lines.write(asset.line)
        }

        public func finish() throws {
            try lines.finish(durable: true)
        }
    }
}
