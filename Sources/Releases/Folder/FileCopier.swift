internal import Digest
internal import Glibc
package import PipelineKit
internal import SystemPackage

/// Copies and reads files through one buffer and one digest; it belongs to the thread that made it.
package final class FileCopier {
    package init() {}

    private let sha = SHA256()
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)

    /// The size and digest of a source, as it was read.
    package struct Source {
        package var size: Int
        package var sha256: String
    }

    /// Copies a file to a new one of that name. The digest is of the bytes that were written.
    ///
    /// - Throws: `StepError` `exists-already` if the name is taken: an existing file is never written through, because
    ///   another release may share it.
    package func copy(
        _ source: RegularFile, to name: String, in folder: OpenFolder, _ flag: CancellationFlag
    ) throws -> Source {
        let target = folder.path(name)
        let output: FileDescriptor
        do {
            output = try folder.create(name, mode: FolderStore.fileMode)
        } catch let error as FileError where error.errno == .fileExists {
            throw StepError(
                "exists-already",
                "\(target) appeared while the release was made: another key differs from it only "
                    + "in a way that this file system ignores (case, or the spelling of an accent)",
                help: "rename one of the two files, or leave it out with `exclude`")
        }
        do {
            defer { try? output.close() }
            let copied = try transfer(source, flag) { bytes in
                do {
                    _ = try output.writeAll(bytes)
                } catch let error as Errno {
                    throw FileError("write", target, error)
                }
            }
            guard fchmod(output.rawValue, FolderStore.fileMode.rawValue) == 0 else {
                throw FileError.last("set the mode of", target)
            }
            return copied
        } catch {
            _ = folder.remove(name)
            throw error
        }
    }

    /// Reads a file to its end.
    package func digest(of file: RegularFile, _ flag: CancellationFlag) throws -> Source {
        try transfer(file, flag) { _ in }
    }

    private func transfer(
        _ input: RegularFile, _ flag: CancellationFlag,
        _ write: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Source {
        var size = 0
        do {
            while true {
                try flag.check()
                let count = try buffer.withUnsafeMutableBytes { bytes in
                    let count = try input.read(into: bytes)
                    let read = UnsafeRawBufferPointer(rebasing: bytes[..<count])
                    sha.update(read)
                    if count > 0 { try write(read) }
                    return count
                }
                if count == 0 { return Source(size: size, sha256: sha.finish().description) }
                size += count
            }
        } catch {
            _ = sha.finish()
            throw error
        }
    }
}
