internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

struct ValidateCommand: LookupCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks pipeline files and reports every error at once.",
        discussion:
            "Prints nothing if a file is good. Inputs and environment variables that a run would need may be missing.")

    @Argument(help: "Pipeline files.", completion: Completion.pipelineFile) var files: [String]
    @OptionGroup var inputOptions: InputOptions
    @Flag(name: .long, help: "Print each file with shared and wired options, and every policy, written out.")
    var explain = false
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if explain && !outputOptions.format.isForPeople {
            throw ValidationError("`--explain` and `--output-format json` cannot be used together")
        }
    }

    func run(in context: CommandContext) throws -> Exit {
        let inputs = try inputOptions.inputs()
        let output = outputOptions.output(on: context.console)
        let loader = PipelineLoader(context: context)
        var worst = Exit.success
        var checked: [(path: FilePath, problems: [Problem], error: ErrorRecord?)] = []
        for file in files {
            let path = context.path(file)
            do {
                let (pipeline, problems, bytes) = try loader.look(at: path, inputs: inputs)
                checked.append((path, problems, nil))
                if let text = loader.text(of: problems, in: bytes, of: path) { output.note(text, isBad: true) }
                if let error = PipelineLoader.error(of: problems) {
                    if worst != .badFile { worst = error.exitCode }
                } else if explain {
                    explain(pipeline, at: path.string, on: output)
                }
            } catch let error as CommandError {
                checked.append((path, [], ErrorRecord(error)))
                output.note(error)
                if worst != .badFile { worst = error.exitCode }
            }
        }
        output.document(.validation(checked))
        return worst
    }

    private func explain(_ pipeline: Pipeline?, at path: String, on output: CommandOutput) {
        guard let pipeline else {
            let help = "give inputs with `-i name=value`, and set the environment variables that it names"
            output.note("\(path) cannot be written out while values are missing: \(help)", isBad: true)
            return
        }
        output.text((files.count > 1 ? ["# \(path)"] : []) + [PipelineExplanation(pipeline).text])
    }
}
