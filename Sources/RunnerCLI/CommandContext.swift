internal import AWS
internal import Glibc
internal import HTTP
internal import PipelineKit
internal import Releases
internal import SystemPackage

/// Everything a command needs of the world.
struct CommandContext: Sendable {
    /// A closure, because not every command needs them: `--help` does not.
    var steps: @Sendable () -> [KindDescriptor]
    var environment: [String: String]
    var currentFolder: FilePath
    var console: Console
    var clock: any RunClock
    var random: RandomSource
    var processes: any ProcessRunner
    /// Masks what is secret of the process itself, and of what it learns, in whatever it prints.
    var secrets: SecretMasker
    /// Reads a line that somebody types, without its end; nil if nobody can be asked.
    var answer: (@Sendable () async -> String?)?

    /// The real one.
    static func process(steps: @escaping @Sendable () -> [KindDescriptor]) -> CommandContext {
        let clock = SystemClock()
        let (environment, folder) = (ProcessEnvironment.variables, ProcessEnvironment.currentFolder)
        let secrets = SecretMasker(KnownSecrets.of(environment, in: folder))
        return CommandContext(
            steps: steps, environment: environment, currentFolder: folder, console: .process(environment, secrets),
            clock: clock, random: .system, processes: SubprocessRunner(clock: clock), secrets: secrets,
            answer: Terminal.answer)
    }

    var registry: StepRegistry { StepRegistry(steps()) }

    /// A path from the command line, made absolute.
    func path(_ text: String) -> FilePath {
        let path = FilePath(text)
        return (path.isAbsolute ? path : currentFolder.pushing(path)).lexicallyNormalized()
    }

    /// A path as messages show it: short if it is in the current folder.
    func shown(_ path: FilePath) -> FilePath {
        guard path.starts(with: currentFolder) else { return path }
        let inside = path.components.dropFirst(currentFolder.components.count)
        return inside.isEmpty ? path : FilePath(root: nil, inside)
    }

    func services(sinks: [any EventSink], transport: Transport, state: StateFolder) -> RunServices {
        let (clients, formats, planned) = (AWSClients(), StoreFormats(), PlannedSwitches())
        let leases: [String: any LeaseProvider] = [
            "file": FolderLeaseProvider(), "s3": MachineLeaseProvider(state.path.appending("leases")),
        ]
        return RunServices(
            clock: clock, random: random, processes: processes, environment: environment,
            secrets: secrets, runnerVersion: RunnerVersion.text, leaseProviders: leases, sinks: sinks,
            admit: StoreFormat.admit,
            equip: { context in
                context[HTTPKey.self] = transport
                context[AWSClientsKey.self] = clients
                context[StoreFormatsKey.self] = formats
                context[PlannedSwitchesKey.self] = planned
            })
    }
}

enum ProcessEnvironment {
    static var variables: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            // By bytes: a combining character behind the `=` would make another character of it.
            if let split = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                variables[String(text[..<split])] = String(text[text.utf8.index(after: split)...])
            }
            entry += 1
        }
        return variables
    }

    static var currentFolder: FilePath {
        guard let buffer = getcwd(nil, 0) else { return "/" }
        defer { free(buffer) }
        return FilePath(String(cString: buffer))
    }
}
