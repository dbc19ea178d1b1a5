internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

struct ShowCommand: LookupCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one run: its steps, times, attempts, outputs and errors.")

    @Argument(help: "The run, or a part of its id (default: the newest).", completion: Completion.runs) var run: String?
    @OptionGroup var archiveOptions: ArchiveOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(in context: CommandContext) throws -> Exit {
        let archive = archiveOptions.archive(in: context)
        let entry = try archive.find(run, to: .look)
        archive.warnOfNewer([entry], context.console)
        let output = outputOptions.output(on: context.console)
        output.document(.run(entry))
        output.text(heading(entry) + steps(entry.history) + ending(entry, archive.commands))
        return .success
    }

    private func heading(_ entry: RunArchive.Entry) -> [String] {
        let history = entry.history
        var rows = [["run", entry.id], ["state", entry.state.word]]
        if let started = history.started {
            rows += [
                ["pipeline", "\(started.pipeline)  \(started.file)"], ["began", history.startedAt],
                ["last record", history.lastAt], ["runner", started.runnerVersion],
            ]
            let inputs = started.inputs.filter { $0.value != .null }.sorted { $0.key < $1.key }
            if !inputs.isEmpty {
                rows.append(["inputs", inputs.map { "\($0.key)=\($0.value.asText)" }.joined(separator: " ")])
            }
            if !started.secrets.isEmpty { rows.append(["secrets", started.secrets.joined(separator: " ")]) }
        }
        rows.append(["folder", entry.path.string])
        if let report = entry.reportPath { rows.append(["report", report.string]) }
        return Table(header: ["", ""], rows: rows).lines.dropFirst() + [""]
    }

    private func steps(_ history: RunHistory) -> [String] {
        let rows = history.order.map { id -> [String] in
            let end = history.end(of: id)
            return [
                id, end.state.word, end.milliseconds.map { Duration.milliseconds($0).text } ?? "",
                end.attempts.map(String.init) ?? "", end.error?.message ?? "",
            ]
        }
        let lines = Table(header: ["STEP", "OUTCOME", "TIME", "TRIES", ""], rows: rows).lines
        return rows.isEmpty
            ? []
            : [lines[0]] + zip(history.order, lines.dropFirst()).flatMap { [$1] + outputs(history.end(of: $0)) }
    }

    /// One output on each line: together they are wider than any window.
    private func outputs(_ end: StepEnd) -> [String] {
        let outputs = end.outputs.filter { $0.value != .null }.sorted { $0.key < $1.key }
        return Table(header: ["", "", ""], rows: outputs.map { ["  ", $0.key, $0.value.asText] }).lines
            .dropFirst().map { $0 }
    }

    private func ending(_ entry: RunArchive.Entry, _ commands: RunCommandLine) -> [String] {
        let history = entry.history
        var lines: [String] = []
        if let failed = history.failed { lines += ["", failed.explanation] }
        if let stuck = history.rollbackFailed {
            lines.append("the rollback of `\(stuck.step)` failed: \(stuck.error.message)")
        }
        switch entry.state {
        case .interrupted: lines += ["", "next: `\(commands.recover)`, or `\(commands.rollback(entry.id))`"]
        case .unfinished:
            lines += history.unfinishedInOrder.flatMap { ["", "until `\($0.step)` is done, \($0.consequence)"] }
            lines += ["", "next: `\(commands.resume(entry.id))`"]
        case .stuck: lines += ["", "next: `\(commands.rollback(entry.id))`"]
        default: break
        }
        return lines.map(SanitizedText.clean)
    }
}
