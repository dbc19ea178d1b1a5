internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

struct ShowCommand: LookupCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one run: its steps, times, attempts, outputs and errors.")

    @Argument(help: "The run, or a part of its id (default: the newest).") var run: String?
    @OptionGroup var archiveOptions: ArchiveOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(in context: CommandContext) throws -> Exit {
        let archive = archiveOptions.archive(in: context)
        let entry = try archive.find(run, to: .look)
        archive.warnOfNewer([entry], context.console)
        if outputOptions.json {
            context.console.print(JSONDocument.run(entry).line)
            return .success
        }
        for line in heading(entry) + steps(entry.history) + ending(entry, archive.commands) {
            context.console.print(line)
        }
        return .success
    }

    private func heading(_ entry: RunArchive.Entry) -> [String] {
        let history = entry.history
        var rows = [["run", entry.id], ["state", entry.state.rawValue]]
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
            let isUndone = history.rolledBack.contains(id)
            if let unfinished = history.unfinished[id] {
                return [
                    id, isUndone ? "undone" : StepOutcome.unfinished.rawValue,
                    Duration.milliseconds(unfinished.milliseconds).text, String(unfinished.attempts),
                    unfinished.error.message,
                ]
            }
            guard let record = history.finished[id] else {
                let isFailed = history.failed?.step == id
                return [
                    id, isUndone ? "undone" : isFailed ? "failed" : "begun", "", "",
                    isFailed ? history.failed?.error?.message ?? "" : "",
                ]
            }
            let time = Duration.milliseconds(record.milliseconds).text
            return [
                id, isUndone ? "undone" : record.outcome.rawValue, time, String(record.attempts),
                record.error?.message ?? "",
            ]
        }
        let lines = Table(header: ["STEP", "OUTCOME", "TIME", "TRIES", ""], rows: rows).lines
        return rows.isEmpty
            ? []
            : [lines[0]] + zip(history.order, lines.dropFirst()).flatMap { [$1] + outputs(history.finished[$0]) }
    }

    /// One a line: together they are wider than any window.
    private func outputs(_ record: StepFinished?) -> [String] {
        let outputs = (record?.outputs ?? [:]).filter { $0.value != .null }.sorted { $0.key < $1.key }
        return Table(header: ["", "", ""], rows: outputs.map { ["  ", $0.key, $0.value.asText] }).lines
            .dropFirst().map { $0 }
    }

    private func ending(_ entry: RunArchive.Entry, _ commands: RunCommandLine) -> [String] {
        let history = entry.history
        var lines: [String] = []
        if let failed = history.failed {
            lines += ["", describe(failed)]
        }
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

    private func describe(_ failed: RunFailed) -> String {
        let place = failed.step.map { " at `\($0)`" } ?? ""
        return switch failed.cause {
        case .requested: "rolled back by request"
        case .interrupted: "stopped\(place) by SIGINT"
        case .terminated: "stopped\(place) by SIGTERM"
        case .failure, .timeout, .leaseHeld: "failed\(place): \(failed.error?.message ?? failed.cause.rawValue)"
        }
    }
}
