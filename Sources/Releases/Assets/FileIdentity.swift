internal import Glibc
package import SystemPackage

/// Tells a file from another one that has taken its name.
package struct FileIdentity: Hashable {
    var device: UInt
    var inode: UInt

    init(_ status: stat) {
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
    }

    /// The identity of the entry itself, even if it is a link; nil if there is none.
    package init?(_ path: FilePath) {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { return nil }
        self.init(status)
    }
}
