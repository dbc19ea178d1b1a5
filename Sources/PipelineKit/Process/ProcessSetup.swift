internal import CProcess
internal import Glibc

/// What a program does for its own process before anything else.
public enum ProcessSetup {
    /// Opens closed standard streams, keeps memory out of core dumps, and raises its limits as far as the
    /// system allows. Children have dumps of their own, and the limit of open files that this process had.
    public static func perform() {
        openStandardStreams()
        // Secrets are in memory, and a core dump is a file that is readable for others, or is sent elsewhere. The price
        // is that a debugger of the same user cannot look into the process.
        _ = process_refuse_dumps()
        ProcessLimits.raise()
    }

    /// True if this process ignores a signal. After `nohup`, it ignores SIGHUP from its start.
    public static func ignores(_ signal: Int32) -> Bool { process_ignores(signal) == 1 }

    /// Opens each standard stream that is closed on `/dev/null`. The next file that is opened would get its number, and
    /// what is printed would be written into that file.
    private static func openStandardStreams() {
        for (descriptor, access) in [(STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_WRONLY), (STDERR_FILENO, O_WRONLY)]
        where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            // The lowest number that is free is this one.
            _ = open("/dev/null", access)
        }
    }
}
