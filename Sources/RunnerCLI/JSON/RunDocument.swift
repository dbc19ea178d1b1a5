internal import PipelineKit
internal import SystemPackage

extension JSONDocument {
    /// What `runner runs` lists.
    static func runs(_ runs: [RunFacts], in folder: String) -> JSONDocument {
        JSONDocument(
            schema: "runner.runs/1", type: "runs",
            fields: [
                "folder": .text(folder),
                "runs": .list(
                    runs.map { run in
                        .object(
                            run.fields.merging(["detail": .text(SanitizedText.clean(run.history.highlight))]) { $1 })
                    }),
            ])
    }

    /// What `runner show` tells.
    static func run(_ run: RunFacts) -> JSONDocument {
        let history = run.history
        var fields = run.fields
        fields["project"] = .text(history.started?.project)
        fields["runner"] = .text(history.started?.runnerVersion)
        fields["inputs"] = SanitizedText.clean(.object(history.started?.inputs ?? [:]))
        fields["secrets"] = .list((history.started?.secrets ?? []).map { .text($0) })
        fields["steps"] = .list(history.order.map { step($0, of: history) })
        fields["failure"] = history.failed.map { .object($0.fields) } ?? .null
        fields["unfinished"] = .list(history.unfinishedInOrder.map { .object($0.fields) })
        fields["rollback-failure"] =
            history.rollbackFailed.map { ["step": .text($0.step), "error": $0.error.document] } ?? .null
        fields["exit-code"] = history.ended.map { .integer($0.exitCode) } ?? .null
        fields["folder"] = .text(run.folder)
        fields["report"] = .text(run.report)
        return JSONDocument(schema: "runner.run/1", type: "run", fields: fields)
    }

    private static func step(_ id: String, of history: RunHistory) -> Value {
        let end = history.end(of: id)
        return [
            "step": .text(id), "outcome": .text(end.outcome?.identifier),
            "attempts": end.attempts.map { .integer($0) } ?? .null,
            "duration-ms": end.milliseconds.map { .integer($0) } ?? .null,
            "outputs": SanitizedText.clean(.object(end.outputs)), "error": end.error?.document ?? .null,
            "rolled-back": .bool(end.isUndone),
            "summary": .text(end.summary.map(SanitizedText.clean)),
        ]
    }
}

extension RunFacts {
    /// What a list and a single run have in common.
    fileprivate var fields: [String: Value] {
        [
            "run": .text(id), "state": .text(state.identifier), "pipeline": .text(history.started?.pipeline),
            "file": .text(history.started?.file), "started-at": .text(history.started == nil ? nil : history.startedAt),
            "last-record-at": .text(history.started == nil ? nil : history.lastAt),
            "duration-ms": took.map { .integer($0.inMilliseconds) } ?? .null,
            "version": .text(history.version.map(SanitizedText.clean)),
            "commit": .text(history.commit.map(SanitizedText.clean)), "who": .text(history.started?.who),
            "ci": history.started?.ci.map { ["name": .text($0.name), "url": .text($0.url)] } ?? .null,
            "live": .list(live.map { .text(SanitizedText.clean($0)) }),
        ]
    }
}
