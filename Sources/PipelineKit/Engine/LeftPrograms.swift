internal import Logging

/// What becomes of the programs that a killed process of a run has left at work.
public enum LeftProgramsPolicy: Sendable {
    /// The run continues when they have ended. It waits no longer than the `timeout` of their step.
    case awaited
    /// They are ended, and the run continues then.
    case ended
}

/// The programs that a killed process of a run has left at work on a step. The run must not continue beside them: it
/// would do the same work twice at a time, or undo what is still being done.
struct LeftPrograms {
    let services: RunServices
    let events: EventStream
    let policy: LeftProgramsPolicy

    /// Returns when none is left at work on a step.
    ///
    /// - Throws: `ProgramsAtWork` if they do not end in time, or cannot be ended.
    func settle(_ step: PipelineStep, lock: StepLock, in storage: any RunStorage) async throws {
        let path = storage.lockPath(of: lock, step.id)
        guard let first = try services.processes.holders(of: path) else { return }
        var error = ProgramsAtWork(step: step.id, programs: first, limit: nil)
        switch policy {
        case .ended:
            events.emit(.log(id: step.id, .warning, "ending what a killed process left at work: \(error.names)"))
            guard try await services.processes.endHolders(of: path) else { throw error }
        case .awaited:
            let text = "waiting for what a killed process left at work: \(error.names)"
            events.emit(
                .log(id: step.id, .warning, "\(text); at most \(step.timeout.text), and with `--kill` it is ended"))
            let began = services.clock.now
            while let programs = try services.processes.holders(of: path) {
                let left = step.timeout - began.duration(to: services.clock.now)
                error.programs = programs
                error.limit = step.timeout
                guard left > .zero else { throw error }
                try await services.clock.sleep(for: min(.milliseconds(250), left))
            }
        }
    }
}

/// A run cannot continue, because something that a killed process of it has started is still at work.
public struct ProgramsAtWork: DescribedError {
    public var step: String
    /// Those that this user may see.
    public var programs: [LeftProgram]
    /// How long the run has waited for them; nil if it has tried to end them.
    public var limit: Duration?

    public init(step: String, programs: [LeftProgram], limit: Duration?) {
        self.step = step
        self.programs = programs
        self.limit = limit
    }

    public var code: String { "programs-at-work" }
    public var retryClass: RetryClass { .conflict }
    public var message: String {
        let end = limit.map { "is still at work after \($0.text)" } ?? "could not be ended"
        return "what a killed process of the run has started for step `\(step)` \(end): \(names)"
    }
    public var help: String? {
        limit == nil
            ? "end it by hand, or as its user, and type the command again"
            : "type the command again when it has ended, or with `--kill`, which ends it first"
    }

    /// For a message.
    var names: String {
        guard !programs.isEmpty else { return "a program that this user may not see" }
        let shown = programs.prefix(3).map { "`\(SanitizedLine.clean($0.name))` (process \($0.processID))" }
        let rest = programs.count > 3 ? [CountText.text(programs.count - 3, "other")] : []
        return (shown + rest).joined(separator: ", ")
    }
}
