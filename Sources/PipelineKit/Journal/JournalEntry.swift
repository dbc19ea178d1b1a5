/// What one record of a journal says. A record is durable before what it announces happens.
public enum JournalEntry: Hashable, Sendable {
    case started(RunStarted)
    /// A process of the run holds a lease from here on.
    case leased(LeaseTaken)
    case prepared(StepPrepared)
    case finished(StepFinished)
    /// A step got no answer, or failed in `finally`, and the run continues without it.
    case unfinished(StepUnfinished)
    /// From here on the run only rolls back.
    case failed(RunFailed)
    case rolledBack(StepRolledBack)
    case rollbackFailed(StepRollbackFailed)
    case ended(RunEnded)

    /// The step that the record is about.
    var step: String? {
        switch self {
        case .prepared(let record): record.step
        case .finished(let record): record.step
        case .unfinished(let record): record.step
        case .failed(let record): record.step
        case .rolledBack(let record): record.step
        case .rollbackFailed(let record): record.step
        case .started, .leased, .ended: nil
        }
    }

    /// For people, after "says that".
    var sentence: String {
        switch self {
        case .started: "the run had begun"
        case .leased(let record): "the lease of \(record.resource) was taken"
        case .prepared(let record): "step `\(record.step)` was about to run"
        case .finished(let record): "step `\(record.step)` had ended"
        case .unfinished(let record): "step `\(record.step)` was not done"
        case .failed(let record): record.step.map { "step `\($0)` had failed" } ?? "the run had failed"
        case .rolledBack(let record): "step `\(record.step)` was rolled back"
        case .rollbackFailed(let record): "the rollback of step `\(record.step)` had failed"
        case .ended: "the run had ended"
        }
    }

    /// The name of the record's kind in the file.
    var kind: String {
        switch self {
        case .started: "started"
        case .leased: "leased"
        case .prepared: "prepared"
        case .finished: "finished"
        case .unfinished: "unfinished"
        case .failed: "failed"
        case .rolledBack: "rolled-back"
        case .rollbackFailed: "rollback-failed"
        case .ended: "ended"
        }
    }
}

/// The first record of every journal.
public struct RunStarted: Codable, Hashable, Sendable {
    /// The format of journals that this runner writes, and the newest that it reads. Format 2 has the record
    /// `unfinished` and the effect `lasting`, format 3 the record `leased` and the causes `hungUp` and `quit`.
    public static let currentFormat = 3

    /// The journal's format; nil in journals of format 1.
    public var format: Int?
    public var runID: String
    public var pipeline: String
    /// The absolute path of the pipeline file.
    public var file: String
    /// The SHA-256 of the pipeline file's bytes.
    public var digest: String
    /// The absolute path that relative ones start from.
    public var project: String
    public var inputs: [String: Value]
    /// The names of the secrets, never their values.
    public var secrets: [String]
    public var runnerVersion: String
    /// Who began it, as `ann@build-1`, or whom the CI system names. Older runners did not note it.
    public var who: String?
    /// The job that began it; nil outside of CI. Older runners did not note it.
    public var ci: CIJob?

    public init(
        runID: String, pipeline: String, file: String, digest: String, project: String, inputs: [String: Value],
        secrets: [String], runnerVersion: String, who: String? = nil, ci: CIJob? = nil,
        format: Int? = RunStarted.currentFormat
    ) {
        self.format = format
        self.runID = runID
        self.pipeline = pipeline
        self.file = file
        self.digest = digest
        self.project = project
        self.inputs = inputs
        self.secrets = secrets
        self.runnerVersion = runnerVersion
        self.who = who
        self.ci = ci
    }
}

/// A run has taken a lease that tells its holdings apart.
public struct LeaseTaken: Codable, Hashable, Sendable {
    /// The URL of what is leased.
    public var resource: String
    /// Of the holding.
    public var nonce: String

    public init(resource: String, nonce: String) {
        (self.resource, self.nonce) = (resource, nonce)
    }
}

/// A step is about to make its change.
public struct StepPrepared: Hashable, Sendable {
    public var step: String
    public var effect: Effect
    /// What the step's rollback needs: the JSON that the step made, byte for byte. Nil if it is `{}` or in the
    /// attachment.
    public var before: [UInt8]?
    public var attachment: Attachment?

    /// A file beside the journal, too large for a record. Its bytes are durable before the record is.
    public struct Attachment: Codable, Hashable, Sendable {
        public var name: String
        public var sha256: String
    }
}

public struct StepFinished: Codable, Hashable, Sendable {
    public var step: String
    public var outcome: StepOutcome
    public var outputs: [String: Value]?
    public var attempts: Int
    public var milliseconds: Int
    public var error: ErrorRecord?
    /// What the step has achieved, as its kind says it in a sentence. Older runners did not note it.
    public var summary: String?
}

/// A step that got no answer within its limit, or that failed in `finally`, and that a later process can do.
public struct StepUnfinished: Codable, Hashable, Sendable {
    public var step: String
    public var error: ErrorRecord
    /// A sentence that says what visitors get until the step is done.
    public var consequence: String
    public var attempts: Int
    public var milliseconds: Int
}

/// The run stops going forward.
public struct RunFailed: Codable, Hashable, Sendable {
    public enum Cause: String, Codable, Sendable {
        case failure, timeout, interrupted, terminated, hungUp, quit
        /// Another run had the store for longer than this one would wait.
        case leaseHeld
        /// Somebody asked for the rollback of a run that had not failed.
        case requested

        /// The outcome of the step that it stopped.
        public var stepOutcome: StepOutcome {
            switch self {
            case .timeout: .timeout
            case .interrupted, .terminated, .hungUp, .quit: .cancelled
            case .failure, .leaseHeld, .requested: .failure
            }
        }
    }

    public var cause: Cause
    /// The step that was running; nil if there was none.
    public var step: String?
    public var error: ErrorRecord?
    /// The tries at the step. Older runners did not note it.
    public var attempts: Int?
    /// How long the step took, all tries together. Older runners did not note it.
    public var milliseconds: Int?
}

public struct StepRolledBack: Codable, Hashable, Sendable {
    public var step: String
    public var milliseconds: Int
}

public struct StepRollbackFailed: Codable, Hashable, Sendable {
    public var step: String
    public var error: ErrorRecord
}

/// The run has ended. A later process can still do its unfinished steps, or roll it back.
public struct RunEnded: Codable, Hashable, Sendable {
    public var outcome: RunOutcome
    public var exitCode: Int
}

/// An error in the form in which a journal keeps it.
public struct ErrorRecord: Codable, Hashable, Sendable {
    public var code: String
    public var message: String
    public var help: String?

    public init(code: String, message: String, help: String?) {
        self.code = code
        self.message = message
        self.help = help
    }

    public init(_ error: any Error) {
        switch error {
        case let error as any DescribedError:
            self.init(code: error.code, message: error.message, help: error.help)
        case is CancellationError:
            self.init(code: "cancelled", message: "cancelled", help: nil)
        default:
            self.init(code: "error", message: "\(error)", help: nil)
        }
    }
}
