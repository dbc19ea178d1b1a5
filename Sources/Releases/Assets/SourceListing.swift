public import PipelineKit
public import SystemPackage

/// Makes the asset list of a folder: every file that the filter takes, with its SHA-256 and content type.
public enum SourceListing {
    /// Writes the list, which is durable when this returns.
    ///
    /// - Parameter hashes: if false, every SHA-256 is empty, and only text is read, to find out its character set.
    ///
    /// - Throws: `StepError` if the folder is missing or empty, or holds what no site can have; `FileError`.
    public static func write(
        _ source: FilePath, _ filter: AssetFilter = AssetFilter(), to list: FilePath, hashes: Bool = true,
        _ progress: Progress
    ) async throws -> AssetListSink.Totals {
        let scanner = try AssetScanner(source, filter)
        return try await OrderedWork.run(
            threads: BlockingWork.processors,
            next: { try scanner.next() },
            makeWorker: { _ in
                let digester = FileDigester()
                return { _, file in hashes ? try digester.asset(of: file) : try digester.unhashedAsset(of: file) }
            },
            sink: try AssetListSink(list, progress))
    }
}
