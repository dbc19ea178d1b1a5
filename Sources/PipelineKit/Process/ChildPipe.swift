internal import Glibc
internal import SystemPackage

/// A pipe whose read end does not block. The write end does, as programs expect of their output.
struct ChildPipe: Sendable {
    let readEnd: FileDescriptor
    let writeEnd: FileDescriptor

    init() throws {
        do {
            (readEnd, writeEnd) = try FileDescriptor.pipe()
        } catch let error as Errno {
            throw ProcessError.outOfDescriptors(error)
        }
        // Another thread may start a process between the two calls; this is safe, since no child inherits a descriptor
        // that it is not given.
        for end in [readEnd, writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(readEnd.rawValue, F_SETFL, O_NONBLOCK)
    }

    func close() {
        try? readEnd.close()
        try? writeEnd.close()
    }
}
