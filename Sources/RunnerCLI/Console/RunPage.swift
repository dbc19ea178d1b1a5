internal import FoundationEssentials
internal import PipelineKit

/// One run, as `show` tells it.
struct RunPage {
    let facts: RunFacts
    let now: Date
    /// Of the window, in columns, in which lines break between words; nil if there is none.
    var width: Int?

    private var history: RunHistory { facts.history }

    var lines: [String] { heading + steps + ending }

    private var heading: [String] {
        var rows = [["run", facts.id], ["state", facts.state.word]]
        if !facts.live.isEmpty { rows.append(["live", "visitors of \(facts.live.joined(separator: ", ")) have it"]) }
        if let started = history.started {
            rows.append(["pipeline", "\(started.pipeline)  \(started.file)"])
            if let version = history.version { rows.append(["version", version]) }
            if let commit = history.commit { rows.append(["commit", commit]) }
            if let who = started.who { rows.append(["who", who]) }
            if let ci = started.ci {
                rows.append(["ci", [ci.name, ci.url].compactMap(\.self).joined(separator: "  ")])
            }
            rows.append(["began", moment(history.startedAt)])
            if let took = facts.took { rows.append(["took", took.text]) }
            let later = facts.laterParts
            for (index, part) in later.enumerated() {
                let isUndoing = index == later.count - 1 && history.failed?.cause == .requested
                let took = part.took.map { ", in \($0.text)" } ?? ""
                rows.append([isUndoing ? "taken back" : "continued", moment(part.began) + took])
            }
            if history.ended == nil { rows.append(["last record", moment(history.lastAt)]) }
            rows.append(["runner", started.runnerVersion])
            let inputs = started.inputs.filter { $0.value != .null }.sorted { $0.key < $1.key }
            if !inputs.isEmpty {
                rows.append(["inputs", inputs.map { "\($0.key)=\($0.value.asText)" }.joined(separator: " ")])
            }
            if !started.secrets.isEmpty { rows.append(["secrets", started.secrets.joined(separator: " ")]) }
        }
        rows.append(["folder", facts.folder])
        if let report = facts.report { rows.append(["report", report]) }
        return Table(header: ["", ""], rows: rows).rows(brokenTo: width).dropFirst().flatMap(\.self) + [""]
    }

    private func moment(_ text: String) -> String {
        text + (Date(journalText: text).map { ", \(Age.text(of: $0, at: now))" } ?? "")
    }

    private var steps: [String] {
        let rows = history.order.map { id -> [String] in
            let end = history.end(of: id)
            return [
                id, end.state.word, end.milliseconds.map { Duration.milliseconds($0).text } ?? "",
                end.attempts.map(String.init) ?? "", end.error?.message ?? end.summary ?? "",
            ]
        }
        let lines = Table(header: ["STEP", "OUTCOME", "TIME", "TRIES", ""], rows: rows).rows(brokenTo: width)
        return rows.isEmpty
            ? []
            : lines[0] + zip(history.order, lines.dropFirst()).flatMap { $1 + outputs(history.end(of: $0)) }
    }

    /// One output on each line: together they are wider than any window.
    private func outputs(_ end: StepEnd) -> [String] {
        let outputs = end.outputs.filter { $0.value != .null }.sorted { $0.key < $1.key }
        return Table(header: ["", "", ""], rows: outputs.map { ["  ", $0.key, $0.value.asText] })
            .rows(brokenTo: width).dropFirst().flatMap(\.self)
    }

    private var ending: [String] {
        let text = ErrorLines(style: TextStyle(isColoured: false), width: width).text
        var lines: [String] = []
        // The step's row has told the error.
        if let failed = history.failed {
            lines += [""] + text("", nil, failed.step == nil ? failed.explanation : failed.sentence)
        }
        if let stuck = history.rollbackFailed {
            lines += text("", nil, "the rollback of `\(stuck.step)` failed: \(stuck.error.message)")
        }
        for step in history.unfinishedInOrder {
            lines += [""] + text("", nil, "until `\(step.step)` is done, \(step.consequence)")
        }
        // To be copied: it stays on its line.
        if let next = facts.next { lines += ["", SanitizedText.clean(next.text)] }
        return lines
    }
}
