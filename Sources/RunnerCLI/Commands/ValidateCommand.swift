internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

struct ValidateCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks pipeline files and tells every error at once.",
        discussion: "Silent where a file is good. Inputs that a run would need may be missing.")

    @Argument(help: "Pipeline files.") var files: [String]
    @OptionGroup var inputOptions: InputOptions
    @Flag(name: .long, help: "Print each file with shared and wired options, and every policy, written out.")
    var explain = false

    func run(in context: CommandContext) async throws -> Exit {
        let inputs = try inputOptions.inputs()
        var worst = Exit.success
        for file in files {
            let path = context.path(file)
            do {
                let pipeline = try PipelineLoader(context: context).check(path, inputs: inputs)
                if explain { explain(pipeline, at: path.string, in: context) }
            } catch let error as CommandError {
                // The problems of a wrong file have been printed.
                if case .badFile = error {} else { context.console.report(error) }
                if worst == .success || error.exitCode == .badFile { worst = error.exitCode }
            }
        }
        return worst
    }

    private func explain(_ pipeline: Pipeline?, at path: String, in context: CommandContext) {
        guard let pipeline else {
            context.console.note("\(path) cannot be written out without its inputs: give them with `-i name=value`")
            return
        }
        if files.count > 1 { context.console.print("# \(path)") }
        context.console.print(PipelineExplanation(pipeline).text)
    }
}
