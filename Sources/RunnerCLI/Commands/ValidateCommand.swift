internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

struct ValidateCommand: LookupCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks pipeline files and tells every error at once.",
        discussion: "Silent where a file is good. Inputs that a run would need may be missing.")

    @Argument(help: "Pipeline files.") var files: [String]
    @OptionGroup var inputOptions: InputOptions
    @Flag(name: .long, help: "Print each file with shared and wired options, and every policy, written out.")
    var explain = false
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if explain && outputOptions.json { throw ValidationError("`--explain` and `--json` exclude each other") }
    }

    func run(in context: CommandContext) throws -> Exit {
        let inputs = try inputOptions.inputs()
        if outputOptions.json { return try document(inputs, in: context) }
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

    private func document(_ inputs: [String: String], in context: CommandContext) throws -> Exit {
        var worst = Exit.success
        var found: [(path: FilePath, problems: [Problem], error: ErrorRecord?)] = []
        for file in files {
            let path = context.path(file)
            do {
                let problems = try PipelineLoader(context: context).look(at: path, inputs: inputs).problems
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
