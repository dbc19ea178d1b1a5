internal import Glibc
internal import Synchronization

/// What the system allows this process (`ulimit`). What is not limited is `UInt.max`.
public enum ProcessLimits {
    /// How many files it may have open at a time.
    public static var openFiles: UInt { limits(RLIMIT_NOFILE)?.rlim_cur ?? .max }

    /// How much memory it may reserve, in bytes.
    public static var memory: UInt { limits(RLIMIT_AS)?.rlim_cur ?? .max }

    /// The limit of open files that this process has got from the one that started it.
    private static let openFilesBefore = Atomic(UInt.max)

    /// The limit of open files for children: that of this process as it was, because some programs misbehave with a
    /// higher one.
    static var openFilesOfChildren: UInt { min(openFilesBefore.load(ordering: .relaxed), openFiles) }

    /// Raises both as far as the system lets this process.
    static func raise() {
        openFilesBefore.store(openFiles, ordering: .relaxed)
        for resource in [RLIMIT_NOFILE, RLIMIT_AS] {
            guard var limits = limits(resource), limits.rlim_cur < limits.rlim_max else { continue }
            limits.rlim_cur = limits.rlim_max
            setrlimit(resource.number, &limits)
        }
    }

    private static func limits(_ resource: __rlimit_resource) -> rlimit? {
        var limits = rlimit()
        return getrlimit(resource.number, &limits) == 0 ? limits : nil
    }
}

extension __rlimit_resource {
    fileprivate var number: __rlimit_resource_t { __rlimit_resource_t(rawValue) }
}
