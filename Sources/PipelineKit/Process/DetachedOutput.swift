internal import Glibc
internal import SystemPackage

/// A pipe to which a detached program still writes. The program outlives this process, so another one must read: if
/// nobody did, the program would get SIGPIPE.
struct DetachedOutput {
    private let pipe: FileDescriptor
    private let command: Command

    init(_ pipe: FileDescriptor, of command: Command) {
        self.pipe = pipe
        self.command = command
    }

    /// Starts a `cat` that reads and throws away what comes, until the program ends. Returns when it has started.
    func discard() throws {
        // `cat` would take "nothing there yet" for an error.
        _ = fcntl(pipe.rawValue, F_SETFL, 0)
        let reader = Command("cat", [], environment: command.environment, directory: "/")
        let nowhere = try DurableFile.open("/dev/null", .writeOnly)
        defer { try? nowhere.close() }
        let child: ChildProcess
        do {
            child = try ChildProcess(reader, .init(input: pipe, output: nowhere, error: nowhere, hasSession: true))
        } catch {
            throw ProcessError(error, reader)
        }
        Task { try? await BlockingWork.run { _ in _ = child.reap() } }
    }
}
