internal import Glibc
internal import PipelineKit

/// Tells a file from another one that has taken its name.
package struct FileIdentity: Hashable {
    var device: UInt
    var inode: UInt

    init(_ status: stat) {
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
    }

}

/// A file as it was when it was listed. A link that leads out of the site may be turned to another file afterwards, by
/// somebody who may write there and must not decide what the site shows.
struct FilePin: Hashable, Sendable {
    private let device: UInt
    private let inode: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    init(_ status: stat) {
        (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
        size = Int(status.st_size)
        (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
}
