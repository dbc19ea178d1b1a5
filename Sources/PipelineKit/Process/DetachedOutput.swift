internal import Glibc
internal import Subprocess
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
    func discard() async throws {
        // `cat` would take "nothing there yet" for an error.
        _ = fcntl(pipe.rawValue, F_SETFL, 0)
        let reader = try pipe.duplicate()
        var options = PlatformOptions()
        options.createSession = true
        let configuration = Configuration(
            Command("cat", [], environment: command.environment, directory: "/"), options)
        try await withCheckedThrowingContinuation { continuation in
            let start = FirstAnswer<Void>(continuation)
            Task {
                do {
                    _ = try await Subprocess.run(
                        configuration, input: .fileDescriptor(reader, closeAfterSpawningProcess: true),
                        output: .discarded, error: .discarded
                    ) { _ in start.tell(.success(())) }
                } catch {
                    start.tell(.failure(error))
                }
            }
        }
    }
}
