internal import Digest
public import FoundationEssentials

/// Runs pipelines: the steps in order, their rollbacks in reverse if one fails, and `finally` in any case.
///
/// The engine knows no store, no server and no site. It is not an actor, and every attempt of a step runs in a child
/// task.
public struct Engine: Sendable {
    private let services: RunServices

    public init(_ services: RunServices) {
        self.services = services
    }

    /// The task of a run.
    public enum Intent: Sendable {
        /// Go forward, or roll back if the journal says that the run had failed.
        case forward
        /// Undo everything, whether it had failed or not.
        case rollBack
    }

    /// Begins a run, or continues one whose journal has records already.
    ///
    /// Cancelling the calling task is a request to stop, as a signal is: the run rolls back before this returns.
    ///
    /// - Parameters:
    ///   - history: what the journal holds; nil for a new run.
    ///   - isElsewhere: true if the run's machine and its files are gone: only what needs neither is done, and no command
    ///     of the user's is started.
    ///   - leftPrograms: what becomes of programs that an earlier process of the run has left at work.
    ///   - secrets: the secrets' values by name.
    public func run(
        _ pipeline: Pipeline, as run: RunIdentity, journal: Journal, storage: any RunStorage,
        history: RunHistory? = nil,
        intent: Intent = .forward, isElsewhere: Bool = false, leftPrograms: LeftProgramsPolicy = .awaited,
        secrets: [String: String] = [:],
        cancellation: Cancellation = Cancellation()
    ) async -> RunResult {
        let masker = SecretMasker(secrets, of: pipeline, and: services.secrets)
        let events = EventStream(sinks: services.sinks, clock: services.clock, masker: masker)
        return await withTaskCancellationHandler {
            // It runs in its own task: a cancellation of the caller must not reach the rollback.
            await Workplace.task { [services] in
                let execution = Execution(
                    pipeline: pipeline, run: run, journal: journal, storage: storage, history: history,
                    isElsewhere: isElsewhere, secrets: secrets, masker: masker, events: events, services: services,
                    cancellation: cancellation)
                return await execution.perform(intent, leftPrograms)
            }.value
        } onCancel: {
            cancellation.request(.interrupted)
        }
    }
}

/// The identity of a run.
public struct RunIdentity: Sendable {
    public var id: String
    public var startedAt: Date
    public var project: Project
    /// The run's folder, for display.
    public var folder: String

    public init(id: String, startedAt: Date, project: Project, folder: String) {
        self.id = id
        self.startedAt = startedAt
        self.project = project
        self.folder = folder
    }

    /// Makes an id that sorts by time: `20260131-235959-123-9f3a`, in UTC.
    public static func makeID(at date: Date, random: RandomSource) -> String {
        let digits = date.journalText.filter(\.isNumber)
        let (day, time) = (digits.prefix(8), digits.dropFirst(8).prefix(6))
        let milliseconds = digits.dropFirst(14).prefix(3)
        return "\(day)-\(time)-\(milliseconds)-\(random.hexadecimal(digits: 4))"
    }
}
