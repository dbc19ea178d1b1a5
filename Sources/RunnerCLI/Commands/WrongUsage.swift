internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

/// A command line that the argument parser refuses, and what was most likely meant.
struct WrongUsage {
    let arguments: [String]
    let context: CommandContext

    /// The error for a command that does not exist; nil if the parser can say more.
    ///
    /// The parser takes a misspelt command for an argument too many, and one behind `help` for none.
    static func unknownCommand(_ arguments: [String], among names: [String], in context: CommandContext)
        -> CommandError?
    {
        let isHelp = arguments.first == "help"
        guard let name = arguments.dropFirst(isHelp ? 1 : 0).first, !name.hasPrefix("-"), !names.contains(name) else {
            return nil
        }
        if context.registry[name] != nil {
            return .noSuchCommand(
                name, "it is a kind of step: `\(ProgramName.current) steps \(name)` tells what it does")
        }
        if let meant = otherWords[name] { return .noSuchCommand(name, "did you mean `\(meant)`?") }
        return .noSuchCommand(name, Suggestion.help(for: name, among: names))
    }

    /// What people type who know other tools.
    private static let otherWords = [
        "deploy": "run", "apply": "run", "start": "run", "undo": "rollback", "revert": "rollback", "back": "rollback",
        "status": "runs", "list": "runs", "ls": "runs", "history": "runs", "log": "show", "logs": "show",
        "check": "validate", "lint": "validate", "diff": "plan", "new": "init", "create": "init", "kinds": "steps",
        "continue": "resume", "retry": "resume", "fix": "recover", "repair": "recover",
    ]

    /// - Parameter message: the parser's.
    func error(saying message: String) -> CommandError {
        let name = arguments.first ?? ""
        let words = positional
        switch name {
        case "run", "plan", "validate":
            if let input = strayInput { return Self.error(Self.lowercased(message), "did you mean `-i \(input)`?") }
            if words.isEmpty {
                return Self.error(
                    "`\(ProgramName.current) \(name)` needs a pipeline file",
                    PipelineLoader(context: context).suggestion(for: ""))
            }
        case "init":
            let templates = PipelineTemplate.allCases.map(\.rawValue)
            if let template = words.first, !templates.contains(template) {
                let meant = Self.otherTemplates[template].map { "did you mean `\($0.rawValue)`?" }
                return Self.error(
                    "there is no template `\(template)`",
                    meant ?? Suggestion.help(for: template, among: templates))
            }
        default: break
        }
        let command = RunnerCommand.names.contains(name) ? "\(name) " : ""
        return Self.error(
            Self.lowercased(message), "`\(ProgramName.current) \(command)--help` tells what it takes")
    }

    private static let otherTemplates: [String: PipelineTemplate] = [
        "s3": .bucket, "aws": .bucket, "cloudfront": .bucket, "deploy": .folder, "local": .folder, "nginx": .folder,
        "check": .smoke, "s3-rollback": .bucketRollback,
    ]

    private static func error(_ message: String, _ help: String) -> CommandError {
        .badArgument(StepError("wrong-usage", message, help: help))
    }

    /// The parser begins its sentences with a capital.
    private static func lowercased(_ message: String) -> String { message.prefix(1).lowercased() + message.dropFirst() }

    // MARK: - What was typed

    private static let withValue: Set = ["-i", "--input", "--project", "--state", "--color", "--output-format", "-o"]

    /// What is neither an option nor the value of one.
    private var positional: [String] {
        let words = arguments.dropFirst()
        return zip([""] + words, words).filter { !$1.hasPrefix("-") && !Self.withValue.contains($0) }.map(\.1)
    }

    /// An input without its option: `name=value`, or `--name=value`.
    private var strayInput: String? {
        if let input = positional.first(where: Self.isInput) { return input }
        let known = RunnerCommand.helpMessage(for: RunCommand.self) + RunnerCommand.helpMessage(for: PlanCommand.self)
        return arguments.lazy.filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) }.first { option in
            Self.isInput(option) && !known.contains("--\(option.prefix { $0 != "=" })")
        }
    }

    private static func isInput(_ word: String) -> Bool {
        word.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_-]*=.*/) != nil
    }
}
