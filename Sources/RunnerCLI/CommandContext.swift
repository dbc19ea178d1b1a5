internal import AWS
internal import FoundationEssentials
internal import Glibc
internal import HTTP
internal import Logging
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
    /// Makes a client for one command, which shuts it down at its end.
    var connect: @Sendable () -> any ClosableClient
    /// The signals that ask for the end of the process, from the call on.
    var stopSignals: @Sendable () async -> AsyncStream<StopSignal> = StopSignal.trapped
    /// Ends the process at once, with an exit status.
    var endProcess: @Sendable (Int32) -> Void = { _exit($0) }

    /// The real one.
    static func process(steps: @escaping @Sendable () -> [KindDescriptor]) -> CommandContext {
        let clock = SystemClock()
        let (environment, folder) = (ProcessEnvironment.variables, ProcessEnvironment.currentFolder)
        let secrets = SecretMasker(KnownSecrets.of(environment, in: folder))
        return CommandContext(
            steps: steps, environment: environment, currentFolder: folder, console: .process(environment, secrets),
            clock: clock, random: .system, processes: SubprocessRunner(clock: clock), secrets: secrets,
            answer: Terminal.answer,
            connect: {
                Transport(tls: TLSOptions(environment: environment), proxy: ProxyOptions(environment: environment))
            })
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

    /// What a command that runs no pipeline works with.
    ///
    /// - Parameters:
    ///   - command: its name.
    ///   - folder: for what it needs on the disk.
    func stepContext(
        _ command: String, run id: String, since now: Date, folder: FilePath, project: Project, _ services: RunServices,
        logger: Logger
    ) -> StepContext {
        var stepContext = StepContext(
            run: RunInfo(id: id, pipeline: command, startedAt: now, runnerVersion: RunnerVersion.text),
            stepID: command, folder: folder, project: project, environment: environment, clock: clock, logger: logger,
            progress: .silent, random: random, processes: processes)
        stepContext.mask = { [secrets] in secrets.mask($0) }
        stepContext.noteSecret = { [secrets] in secrets.add([$0]) }
        services.equip(&stepContext)
        return stepContext
    }

    /// Does something with a store that needs no folder and no lease.
    ///
    /// - Parameter command: its name.
    func withStore<Result>(
        _ command: String, in project: Project, _ body: (StepContext) async throws -> Result
    ) async throws -> Result {
        let transport = connect()
        let services = services(sinks: [], transport: transport, state: StateFolder(in: project.folder))
        let stepContext = stepContext(
            command, run: RunIdentity.makeID(at: clock.date, random: random), since: clock.date,
            folder: project.folder, project: project, services,
            logger: Logger(label: command) { _ in SwiftLogNoOpLogHandler() })
        do {
            let result = try await body(stepContext)
            await transport.shutdown()
            return result
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    func services(sinks: [any EventSink], transport: any ClosableClient, state: StateFolder) -> RunServices {
        let (clients, formats, planned) = (AWSClients(), StoreFormats(), PlannedSwitches())
        let leases: [String: any LeaseProvider] = [
            "file": FolderLeaseProvider(), "s3": BucketLeaseProvider(LeaseTerms(environment: environment)),
            "mirror": MachineLeaseProvider(state.path.appending("leases")),
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
