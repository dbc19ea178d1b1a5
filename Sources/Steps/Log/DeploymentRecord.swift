internal import FoundationEssentials
internal import PipelineKit
internal import Releases

/// What a run reports about itself: as JSON, and as a sentence for people.
struct DeploymentRecord {
    let value: Value
    /// The record for people, on one line.
    let sentence: String
    /// The fields that identify the record's line: each step of a run writes only one record.
    let keys: [String]

    init(_ options: Log.Options, _ context: StepContext) {
        let run = context.run
        let now = context.clock.date
        let duration = Duration.seconds(now.timeIntervalSince(run.startedAt))
        let origin = RunOrigin(environment: context.environment)
        // The last failure counts: earlier ones were allowed to fail.
        let failed = run.outcome == .success ? nil : run.steps.last { $0.outcome.isFailure }
        // The record lives longer than the run, and others read it.
        let record: Value = [
            "run": .text(run.id), "step": .text(context.stepID), "pipeline": .text(run.pipeline),
            "outcome": .text(run.outcome.rawValue), "version": options.version.map { .text($0.name) } ?? .null,
            "started-at": .text(run.startedAt.timestamp), "at": .text(now.timestamp),
            "duration-ms": .integer(duration.inMilliseconds), "runner": .text(run.runnerVersion),
            "by": origin.person.map { .text($0) } ?? .null, "job": origin.jobURL.map { .text($0) } ?? .null,
            "message": options.message.map { .text($0) } ?? .null,
            "failed-step": failed.map { .text($0.id) } ?? .null,
            "error": failed?.error.map { .text($0) } ?? .null,
            "fields": .object(options.fields.mapValues { .text($0) }),
        ]
        value = record.mapTexts(context.mask)
        let subject = options.version.map { "\(run.pipeline) \($0)" } ?? run.pipeline
        let reason = failed.map { " at \($0.id)" } ?? ""
        let message = options.message.map { " - " + $0.split(whereSeparator: \.isNewline).joined(separator: " ") } ?? ""
        // How long the run took is its own to say, and it is not over yet.
        sentence = "\(subject): \(run.outcome.rawValue)\(reason)\(message)"
        keys = [("run", run.id), ("step", context.stepID)].map { "\"\($0)\":\(Value.text(context.mask($1)).json)" }
    }
}

extension StepOutcome {
    fileprivate var isFailure: Bool {
        switch self {
        case .failure, .timeout, .cancelled, .unfinished: true
        case .success, .already, .skipped: false
        }
    }
}
