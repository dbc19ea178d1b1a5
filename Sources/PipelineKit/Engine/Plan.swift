/// What a run would change.
public struct Plan: Sendable {
    public var pipeline: String
    /// Stands where expressions and names have the id of the run, which is not known yet.
    public var runID: String
    /// In which local steps have run; it is deleted.
    public var folder: String
    public var steps: [PlannedStep]

    public init(pipeline: String, runID: String, folder: String, steps: [PlannedStep]) {
        (self.pipeline, self.runID, self.folder, self.steps) = (pipeline, runID, folder, steps)
    }

    /// True if something that the plan says would be different in a run, because it has the run's id.
    public var namesRun: Bool {
        steps.contains { step in
            switch step.verdict {
            case .ran(let outputs), .nothing(let outputs): outputs.values.contains { namesRun($0.asText) }
            case .changes(let changes): changes.first.contains { namesRun($0.subject) || namesRun($0.detail) }
            case .looks, .mayRun, .skipped, .unknown, .fails: false
            }
        }
    }

    /// The plan's own folder may have the id in its name, and says nothing of a run.
    private func namesRun(_ text: String) -> Bool { text.replacing(folder, with: "").contains(runID) }

    /// True if anything would or may change; `plan --detailed-exitcode` uses it.
    public var hasChanges: Bool {
        steps.contains { step in
            switch step.verdict {
            case .changes, .unknown: true
            case .ran, .nothing, .looks, .mayRun, .skipped, .fails: false
            }
        }
    }

    /// Why the run would fail, if that is known.
    public var failure: ErrorRecord? {
        for step in steps {
            if case .fails(let error) = step.verdict { return error }
        }
        return nil
    }
}

public struct PlannedStep: Sendable {
    public enum Verdict: Sendable {
        /// A local step, or a command that only reads: it was really run.
        case ran(outputs: [String: Value])
        /// The step would change something. The list is empty if the kind cannot say what.
        case changes(ChangeList)
        case nothing(outputs: [String: Value])
        /// The step only looks, at the state of things when the run reaches it.
        case looks
        /// The step runs a command that only reads, and the plan was not allowed to start it.
        case mayRun
        case skipped(reason: String)
        /// Known only after these steps have run.
        case unknown(after: [String])
        case fails(ErrorRecord)
    }

    public var id: String
    public var kind: String
    public var verdict: Verdict
    /// What a step that was run, or has nothing to do, says in a sentence without a full stop; nil if it says nothing.
    public var summary: String?

    public init(id: String, kind: String, verdict: Verdict, summary: String? = nil) {
        (self.id, self.kind, self.verdict, self.summary) = (id, kind, verdict, summary)
    }
}
