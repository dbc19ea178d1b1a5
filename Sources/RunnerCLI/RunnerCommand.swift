internal import ArgumentParser
internal import PipelineKit

/// The runner's exit codes; the argument parser has an `ExitCode` of its own.
typealias Exit = PipelineKit.ExitCode

/// The root of the command line.
struct RunnerCommand: ParsableCommand {
    /// Errors look the same, whoever finds them.
    static var _errorLabel: String { "error" }

    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: ProgramName.current,
            abstract: "Runs pipelines that put a new version of a site in front of its visitors, and take it back.",
            version: RunnerVersion.text,
            subcommands: [
                RunCommand.self, PlanCommand.self, ValidateCommand.self, ResumeCommand.self, RollbackCommand.self,
                RecoverCommand.self, HoldCommand.self, UnholdCommand.self, AdoptCommand.self, UnlockCommand.self,
                RunsCommand.self, ShowCommand.self,
                StepsCommand.self, InitCommand.self, SchemaCommand.self,
            ])
    }

    /// What is left of a command after its beginning.
    enum Progress: Sendable {
        case ended(Exit)
        /// It runs steps, or waits for something.
        case continues(@Sendable () async -> Exit)
    }

    /// Parses and runs; every error has been printed when this returns.
    static func perform(_ arguments: [String], in context: CommandContext) async -> Exit {
        switch begin(arguments, in: context) {
        case .ended(let exit): exit
        case .continues(let rest): await rest()
        }
    }

    /// Parses, and runs a command that waits for nothing at once: a process that only looks something up starts no thread.
    static func begin(_ arguments: [String], in context: CommandContext) -> Progress {
        switch start(arguments, in: context) {
        case .ended(let exit): .ended(context.console.settled(exit))
        case .continues(let rest): .continues(rest)
        }
    }

    private static func start(_ arguments: [String], in context: CommandContext) -> Progress {
        var command: any ParsableCommand
        if let error = WrongUsage.unknownCommand(arguments, among: names, in: context) {
            context.console.report(error)
            return .ended(error.exitCode)
        }
        do {
            command = try Completion.$context.withValue(context) { try parseAsRoot(arguments) }
        } catch {
            let isScript = arguments.first?.hasPrefix(completionOption) == true
            return .ended(explain(error, of: arguments, in: context, isCompletionScript: isScript))
        }
        guard let command = command as? any ContextCommand else {
            // The parser's own: `help`, and the root without a subcommand. Each throws the text that it shows.
            do {
                try command.run()
                return .ended(.success)
            } catch {
                return .ended(explain(error, of: arguments, in: context))
            }
        }
        let options = command.output
        var context = context
        context.console = options?.color.applied(to: context.console) ?? context.console
        let output = options?.output(on: context.console) ?? CommandOutput(console: context.console)
        let report = { @Sendable (error: any Error) in
            let exit = exitCode(of: error)
            output.report(error, exit: exit)
            return exit
        }
        do {
            return try command.begin(in: context, report)
        } catch {
            return .ended(report(error))
        }
    }

    /// The parser's own option, which prints a shell's completion script.
    private static let completionOption = "--generate-completion-script"

    /// Those of the commands.
    static var names: [String] {
        configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    }

    /// The code for an error that kept a command from beginning: nothing has been changed.
    private static func exitCode(of error: any Error) -> Exit {
        switch error {
        case let error as CommandError: error.exitCode
        case is SecretMissing, is RollbackRefusal: .usage
        case is RunBusy: .leaseHeld
        default: .failed
        }
    }

    /// `--help` and `--version` are results; everything else is wrong usage.
    private static func explain(
        _ error: any Error, of arguments: [String], in context: CommandContext, isCompletionScript: Bool = false
    ) -> Exit {
        guard exitCode(for: error) == .success else {
            let wrong = WrongUsage(arguments: arguments, context: context)
            context.console.report(wrong.error(saying: message(for: error)))
            return .usage
        }
        let message = fullMessage(for: error)
        if isCompletionScript {
            context.console.printUnchanged(Completion.script(message))
        } else {
            context.console.print(message)
        }
        return .success
    }
}

/// A command that gets everything it needs of the world.
protocol ContextCommand: ParsableCommand {
    /// How its output looks; nil if no option says so.
    var output: OutputOptions? { get }

    /// - Parameter report: tells of an error that comes later, and returns the exit code for it.
    func begin(
        in context: CommandContext, _ report: @escaping @Sendable (any Error) -> Exit
    ) throws -> RunnerCommand.Progress
}

extension ContextCommand {
    var output: OutputOptions? { nil }
}

/// A command that reads what is there.
protocol LookupCommand: ContextCommand {
    func run(in context: CommandContext) throws -> Exit
}

extension LookupCommand {
    func begin(
        in context: CommandContext, _ report: @escaping @Sendable (any Error) -> Exit
    ) throws -> RunnerCommand.Progress {
        .ended(try run(in: context))
    }
}

/// A command that runs steps, or waits for something.
protocol RunningCommand: ContextCommand, Sendable {
    /// Whether it changes what a pipeline is about, so that its exit status must say what has become of that.
    var changesThings: Bool { get }
    /// Whether it runs steps, which need files and memory.
    var runsSteps: Bool { get }
    func run(in context: CommandContext) async throws -> Exit
}

extension RunningCommand {
    var runsSteps: Bool { true }

    func begin(
        in context: CommandContext, _ report: @escaping @Sendable (any Error) -> Exit
    ) throws -> RunnerCommand.Progress {
        if runsSteps { try CommandError.checkLimits() }
        return .continues {
            do {
                return context.console.settled(try await run(in: context), isOfChange: changesThings)
            } catch {
                return report(error)
            }
        }
    }
}

/// A command whose output comes in colours and as JSON.
protocol OutputCommand: ContextCommand {
    var outputOptions: OutputOptions { get }
}

extension OutputCommand {
    var output: OutputOptions? { outputOptions }
}

extension Console {
    /// Tells if standard output lacks a part of what a command printed.
    ///
    /// - Parameters:
    ///   - exit: what the command did.
    ///   - isOfChange: whether the exit status says what has become of a change. Then it stays what it is.
    /// - Returns: the exit status.
    func settled(_ exit: Exit, isOfChange: Bool = false) -> Exit {
        guard let errno = lost() else { return exit }
        let error = CommandError.outputLost(errno)
        if isOfChange {
            note("\(style.yellow("warning:")) \(error.message)")
            return exit
        }
        report(error)
        return exit == .success || exit == .changes ? error.exitCode : exit
    }
}
