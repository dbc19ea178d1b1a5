internal import ArgumentParser
internal import PipelineKit

struct ValidateCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks pipeline files and tells every error at once.",
        discussion: "Silent where a file is good. Inputs that a run would need may be missing.")

    @Argument(help: "Pipeline files.") var files: [String]
    @OptionGroup var inputOptions: InputOptions

    func run(in context: CommandContext) async throws -> Exit {
        let inputs = try inputOptions.inputs()
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
}
