internal import Digest
internal import Glibc
package import PipelineKit
package import SystemPackage

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

    /// Copies `source` to a new file. The digest is of the bytes that were written.
    ///
    /// - Throws: `StepError` `exists-already` if the name is taken: an existing file is never written through, because
    ///   another release may share it.
    package func copy(_ source: FilePath, to target: FilePath, _ flag: CancellationFlag) throws -> Source {
        let input = try Self.open(source)
        defer { try? input.close() }
        let output: FileDescriptor
        do {
            output = try DurableFile.open(
                target, .writeOnly, options: [.create, .exclusiveCreate, .noFollow], mode: FolderStore.fileMode)
        } catch let error as FileError where error.errno == .fileExists {
            throw StepError(
                "exists-already",
                "\(target) appeared while the release was made: another key differs from it only "
                    + "in a way that this file system ignores (case, or the spelling of an accent)",
                help: "rename one of the two files, or leave it out with `exclude`")
        }
        do {
            defer { try? output.close() }
            let copied = try transfer(input, source, flag) { bytes in
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
            unlink(target.string)
            throw error
        }
    }

    /// Reads a file to its end.
    package func digest(of path: FilePath, _ flag: CancellationFlag) throws -> Source {
        let input = try Self.open(path)
        defer { try? input.close() }
        return try transfer(input, path, flag) { _ in }
    }

    private func transfer(
        _ input: FileDescriptor, _ path: FilePath, _ flag: CancellationFlag,
        _ write: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Source {
        var size = 0
        do {
            while true {
                try flag.check()
                let count = try buffer.withUnsafeMutableBytes { bytes in
                    do {
                        let count = try input.read(into: bytes)
                        let read = UnsafeRawBufferPointer(rebasing: bytes[..<count])
                        sha.update(read)
                        if count > 0 { try write(read) }
                        return count
                    } catch let error as Errno {
                        throw FileError("read", path, error)
                    }
                }
                if count == 0 { return Source(size: size, sha256: sha.finish().description) }
                size += count
            }
        } catch {
            _ = sha.finish()
            throw error
        }
    }

    /// Opens a regular file, not a link. It opens without waiting, because a pipe would block for ever.
    private static func open(_ path: FilePath) throws -> FileDescriptor {
        let file = try DurableFile.open(path, .readOnly, options: [.noFollow, .nonBlocking])
        var status = stat()
        guard fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            try? file.close()
            throw StepError(
                "not-a-file", "\(path) is not a regular file", help: "leave it out with `exclude`, or replace it")
        }
        return file
    }
}
