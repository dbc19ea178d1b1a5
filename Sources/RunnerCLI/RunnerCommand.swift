internal import ArgumentParser
internal import PipelineKit

/// The root of the command line.
struct RunnerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runner",
        abstract: "Runs pipelines that put a new version of a site in front of its visitors, and take it back.",
        version: RunnerVersion.text,
        subcommands: [
            RunCommand.self, ValidateCommand.self, ResumeCommand.self, RollbackCommand.self, RecoverCommand.self,
            RunsCommand.self, ShowCommand.self,
        ])

    /// Parses and runs; every error has been printed when this returns.
    static func perform(_ arguments: [String], in context: CommandContext) async -> Exit {
        let command: any ParsableCommand
        do {
            command = try parseAsRoot(arguments)
        } catch {
            return explain(error, in: context)
        }
        guard let command = command as? any ContextCommand else {
            context.console.print(helpMessage())
            return .success
        }
        do {
            return try await command.run(in: context)
        } catch {
            context.console.report(error)
            return (error as? CommandError)?.exitCode ?? .failed
        }
    }

    /// `--help` and `--version` are results; everything else is wrong usage.
    private static func explain(_ error: any Error, in context: CommandContext) -> Exit {
        let text = fullMessage(for: error)
        guard exitCode(for: error) == .success else {
            context.console.note(text)
            return .usage
        }
        context.console.print(text)
        return .success
    }
}

/// A command that gets everything it needs of the world.
protocol ContextCommand: ParsableCommand {
    func run(in context: CommandContext) async throws -> Exit
}

public enum RunnerVersion {
    /// Semantic version of this runner; `-dev` until it is released.
    public static let text = "0.1.0-dev"
}
