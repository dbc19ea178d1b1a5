internal import Glibc
internal import Synchronization

/// Tells the last link of a file that is shared by several releases, as they are deleted one after the other.
public final class LinkCount: Sendable {
    /// Links that were not met yet.
    private let left = Mutex<[FileIdentity: UInt]>([:])

    public init() {}

    func isLast(_ status: stat) -> Bool {
        if status.st_nlink <= 1 { return true }
        let identity = FileIdentity(status)
        return left.withLock { left in
            let rest = left[identity, default: UInt(status.st_nlink)] - 1
            left[identity] = rest == 0 ? nil : rest
            return rest == 0
        }
    }
}
