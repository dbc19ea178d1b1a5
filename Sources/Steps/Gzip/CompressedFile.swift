internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// The file that compressed bytes are written to: made with the first bytes, so that what is not kept in the end has
/// mostly never been written.
struct CompressedFile: ~Copyable {
    let path: String
    private var descriptor: Int32 = -1

    init(_ path: String) {
        self.path = path
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        if descriptor < 0 {
            descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
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

    /// Takes back what was written.
    mutating func discard() {
        if descriptor >= 0 { unlink(path) }
    }

    private func failure(_ operation: String) -> FileError {
        FileError(operation, FilePath(path), Errno(rawValue: errno))
    }
}
