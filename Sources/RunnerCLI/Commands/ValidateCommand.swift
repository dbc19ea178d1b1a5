internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

struct ValidateCommand: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks pipeline files and tells every error at once.",
        discussion: "Silent where a file is good. Inputs that a run would need may be missing.")

    @Argument(help: "Pipeline files.") var files: [String]
    @OptionGroup var inputOptions: InputOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(in context: CommandContext) async throws -> Exit {
        let inputs = try inputOptions.inputs()
        if outputOptions.json { return try document(inputs, in: context) }
        var worst = Exit.success
        for file in files {
            let path = context.path(file)
            do {
                try PipelineLoader(context: context).check(path, inputs: inputs)
            } catch let error as CommandError {
                // The problems of a wrong file have been printed.
                if case .badFile = error {} else { context.console.report(error) }
                if worst == .success || error.exitCode == .badFile { worst = error.exitCode }
            }
        }
        return worst
    }

    private func document(_ inputs: [String: String], in context: CommandContext) throws -> Exit {
        var worst = Exit.success
        var found: [(path: FilePath, problems: [Problem], error: ErrorRecord?)] = []
        for file in files {
            let path = context.path(file)
            do {
                let (problems, _) = try PipelineLoader(context: context).problems(of: path, inputs: inputs)
                if let error = PipelineLoader.error(of: problems), worst != .badFile { worst = error.exitCode }
                found.append((path, problems, nil))
            } catch let error as CommandError {
                if worst != .badFile { worst = error.exitCode }
                found.append((path, [], ErrorRecord(error)))
            }
        }
        context.console.print(JSONDocument.validation(found).line)
        return worst
    }
}
