internal import Glibc
internal import Synchronization

/// Recognizes the last link of a file that several releases share, as they are deleted one after the other.
public final class LinkCount: Sendable {
    /// How many links of each file have not been met yet.
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
