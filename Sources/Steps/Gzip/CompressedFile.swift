internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// A file of compressed bytes. It is created with the first bytes, so a result that is not kept was mostly never
/// written.
struct CompressedFile: ~Copyable {
    private let name: String
    private let folder: CompressedFolder
    private var descriptor: Int32 = -1

    init(_ name: String, in folder: CompressedFolder) {
        self.name = name
        self.folder = folder
    }

    var path: String { folder.path + "/" + name }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        if descriptor < 0 {
            descriptor = openat(folder.descriptor, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw failure("open") }
        }
        var rest = bytes
        while rest.count > 0 {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("write") }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Deletes what was written.
    mutating func discard() {
        if descriptor >= 0 { unlinkat(folder.descriptor, name, 0) }
    }

    private func failure(_ operation: String) -> FileError {
        FileError.last(operation, FilePath(path))
    }
}

/// A folder of compressed files, kept open: its path is long, and the system would walk it for every file.
final class CompressedFolder {
    let name: String
    let path: String
    let descriptor: Int32

    /// Makes the folder if it is not there.
    init(_ name: String, in parent: FilePath) throws {
        self.name = name
        path = parent.string + "/" + name
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw FileError.last("make the folder", FilePath(path))
        }
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.last("open", FilePath(path)) }
    }

    deinit {
        close(descriptor)
    }
}
