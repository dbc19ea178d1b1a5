internal import Digest
public import PipelineKit
public import SystemPackage

/// Makes the asset list of a folder: every file that the filter takes, with its SHA-256 and content type.
public enum SourceListing {
    /// Writes the list, which is durable when this returns.
    ///
    /// - Parameter hashes: if false, every SHA-256 is empty, and no file is read.
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
                return { _, file in
                    let (size, digest) =
                        hashes
                        ? try digester.digest(file.path) : (try DurableFile.size(of: FilePath(file.path)), nil)
                    return Asset(
                        key: file.key, path: file.path, size: size, sha256: digest?.description ?? "",
                        contentType: ContentType.of(file.key), isFingerprinted: file.isFingerprinted)
                }
            },
            sink: try AssetListSink(list, progress))
    }
}
