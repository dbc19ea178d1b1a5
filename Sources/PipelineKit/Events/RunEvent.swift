public import FoundationEssentials
public import Logging
internal import Synchronization

/// Something that happens in a run, reported as it happens. Every kind of output is made from these events.
public enum RunEvent: Sendable {
    case runStarted(RunHeading)
    case leaseAwaited(Resource, LeaseOwner?)
    case phaseStarted(RunPhase)
    case stepStarted(id: String, kind: String)
    case stepSkipped(id: String, reason: String)
    case stepPrepared(id: String, ChangeList)
    case attemptFailed(id: String, Attempt, error: ErrorRecord, retryIn: Duration)
    case progress(id: String, Progress.State)
    case log(id: String?, Logger.Level, String)
    case stepFinished(StepReport)
    case runFailed(RunFailed)
    case rollbackStarted(id: String, kind: String)
    /// If `isFinal` is true, no rollback can undo the step, however often it is retried. The summary is what the kind says
    /// of the rollback.
    case rollbackFinished(id: String, Duration, error: ErrorRecord?, isFinal: Bool, summary: String? = nil)
    case runEnded(RunResult)
}

public enum RunPhase: String, Sendable, Codable {
    case steps, rollback, finally
}

/// One attempt at a part of a step.
public struct Attempt: Hashable, Sendable {
    public enum Part: String, Sendable { case prepare, run, rollback }
    public var part: Part
    public var number: Int
    public var of: Int
}

/// What is known of a run when it begins.
public struct RunHeading: Sendable {
    public var runID: String
    public var pipeline: String
    public var file: String
    public var folder: String
    /// The steps' ids with their kinds, in order.
    public var steps: [(id: String, kind: String)]
    /// True if an earlier process had begun the run.
    public var isResumed: Bool
}

/// An event with the time at which it happened.
public struct TimedEvent: Sendable {
    public var date: Date
    public var event: RunEvent
}

/// Receives events in their order, one call at a time.
public protocol EventSink: Sendable {
    func receive(_ event: TimedEvent)
}

/// Hands events to every sink, one after the other.
final class EventStream: Sendable {
    /// Held while they receive an event: they get one at a time, in order.
    private let sinks: Mutex<[any EventSink]>
    private let clock: any RunClock
    private let masker: SecretMasker

    init(sinks: [any EventSink], clock: any RunClock, masker: SecretMasker) {
        self.sinks = Mutex(sinks)
        self.clock = clock
        self.masker = masker
    }

    func emit(_ event: RunEvent) {
        let timed = TimedEvent(date: clock.date, event: masker.mask(event))
        sinks.withLock { sinks in
            for sink in sinks { sink.receive(timed) }
        }
    }
}
