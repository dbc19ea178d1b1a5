internal import Glibc
package import SystemPackage

/// What tells a file from another one that has taken its name.
package struct FileIdentity: Hashable {
    var device: UInt
    var inode: UInt

    init(_ status: stat) {
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
    }

    /// Of the entry itself, be it a link; nil if there is none.
    package init?(_ path: FilePath) {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { return nil }
        self.init(status)
    }
}
