internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

struct InitCommand: LookupCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Writes a pipeline file to start from.",
        discussion: "Templates: "
            + PipelineTemplate.allCases.map { "\($0.rawValue) (\($0.summary))" }
            .joined(separator: "; ") + ".")

    @Argument(help: "What to start from.") var template: PipelineTemplate = .folder
    @ArgumentParser.Option(
        name: .shortAndLong, help: "Where to write it (default: pipelines/deploy.yml, rollback.yml or smoke.yml).")
    var output: String?
    @OptionGroup var outputOptions: OutputOptions

    func run(in context: CommandContext) throws -> Exit {
        let name = output ?? "pipelines/\(template.fileName)"
        let path = context.path(name)
        if try FileStatus.exists(path) { throw CommandError.fileExists(path.string) }
        try DurableFile.makeFolder(
            path.removingLastComponent(), mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
        try DurableFile.write(
            Array(template.text.utf8), to: path, mode: [.ownerReadWrite, .groupRead, .otherRead])
        let output = outputOptions.output(on: context.console)
        output.document(.written(path.string, template: template.rawValue))
        output.text([path.string])
        let file = ShellWord.quoted(name)
        output.note(
            "next: look through it, then `\(ProgramName.current) validate \(file)` and `\(ProgramName.current) plan \(file)`"
        )
        return .success
    }
}

extension JSONDocument {
    /// The file that `runner init` has written.
    static func written(_ file: String, template: String) -> JSONDocument {
        JSONDocument(
            schema: "runner.init/1", type: "init", fields: ["file": .text(file), "template": .text(template)])
    }
}
