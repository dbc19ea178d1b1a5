/// What every kind declares. A kind conforms to `Step` if it looks before it makes its change, and to `RunOnlyStep` if it
/// just does its work.
public protocol KindDeclaration: Sendable {
    associatedtype Options: StepOptions
    associatedtype Output: StepOutputs = NoOutputs

    static var kind: StepKind { get }

    static var effect: Effect { get }

    /// True if a step with these options runs a command of the user's that only reads. Its effect is `observing` then,
    /// whatever the kind's is. A plan runs it only if that is allowed: nothing but the user's word says that it only
    /// reads.
    static func readsByCommand(_ options: KnownOptions<Options>) -> Bool

    /// Returns outputs that the options name, in addition to `Output.fields`. A kind that has any must set
    /// `StepKind.namesOutputs`: editors take it from there that a step of any other kind has no more outputs.
    static func outputs(namedBy options: KnownOptions<Options>) -> [OutputField]

    /// Returns what a step with these options changes, as URLs. The engine takes their leases before the first step.
    ///
    /// It is called before the run, when an option may depend on an earlier step, and again directly before the step.
    static func resources(of options: KnownOptions<Options>, in project: Project) -> [Resource]

    /// Returns a check to run before the first step of a run. For example, a distribution that does not exist then ends
    /// the run before a release has been uploaded for it. The check changes nothing, and is retried as `prepare` is.
    ///
    /// - Returns: nil if there is nothing to check, or too little is known yet.
    static func preflight(_ options: KnownOptions<Options>) -> Preflight?

    /// What can be done of a step with these options on another machine than that of its run, from the journal and the
    /// pipeline file alone.
    static func elsewhere(_ options: KnownOptions<Options>) -> Elsewhere

    /// - Throws: an error if options that are each valid do not go together.
    init(_ options: Options) throws

    /// A sentence that says what visitors get while this step is not done; nil if the run must not continue without it.
    ///
    /// If such a step gets no answer within its limit (a failure of the class `network`, `throttle` or `timeout`), the
    /// release is not rolled back for it: the run continues, ends with exit status 4, and `resume` does the step later.
    var ifUnfinished: String? { get }

    /// Returns one sentence, without a full stop, that says what the step has achieved; nil if its outputs say enough.
    func summary(of output: Output) -> String?
}

extension KindDeclaration {
    public static func readsByCommand(_ options: KnownOptions<Options>) -> Bool { false }
    public static func outputs(namedBy options: KnownOptions<Options>) -> [OutputField] { [] }
    public static func resources(of options: KnownOptions<Options>, in project: Project) -> [Resource] { [] }
    public static func preflight(_ options: KnownOptions<Options>) -> Preflight? { nil }
    public static func elsewhere(_ options: KnownOptions<Options>) -> Elsewhere { .nothing }
    public var ifUnfinished: String? { nil }
    public func summary(of output: Output) -> String? { nil }
}

/// A kind that looks before it makes its change, and whose change can have a rollback, as in a saga.
///
/// Looking and changing are separate. `prepare` looks, and what it returns is durable in the journal before `run` is
/// called. So after a crash `rollback` can undo the change in another process, from the journal alone.
///
/// - `run` and `rollback` must be idempotent: each can be called again after it was interrupted at any point.
/// - `rollback` restores only what is still as this run left it. If somebody else has changed it, it throws and says
///   who changed what.
/// - No step sleeps, reads a clock, starts a process or prints by itself: every effect goes through the `StepContext`.
public protocol Step: KindDeclaration {
    /// What the rollback needs to know of the state before. A large one is kept in its own file beside the journal.
    associatedtype Before: Codable & Sendable = Nothing

    /// Looks, and changes nothing. It is retried if it fails, but never called again once it has succeeded: after a
    /// first attempt of `run`, it would take what that attempt had changed for the state before.
    func prepare(in context: StepContext) async throws -> Preparation<Before, Output>

    /// Returns the outputs that are known before the change is made. `plan` uses them to plan later steps.
    func plannedOutputs(from before: Before) -> [String: Value]

    /// Makes the change.
    func run(from before: Before, in context: StepContext) async throws -> Output

    /// Restores `before`.
    ///
    /// - Throws: `NotUndoable` if what the step changed cannot be restored, however often it is tried.
    func rollback(to before: Before, in context: StepContext) async throws

    /// The part of the rollback that visitors notice, for a step that is done; nil if there is no such part.
    ///
    /// A signal begins it at once, before the rollbacks of later steps and while the step at work may still be ending:
    /// whoever sent the signal may kill the process a few seconds later. `rollback` follows in its turn, and must accept
    /// that a part of its work is done.
    ///
    /// - Returns: a closure that returns one sentence about what it has restored, or nil if there was nothing to do.
    func restoreAtOnce(to before: Before) -> (@Sendable (StepContext) async throws -> String?)?
}

extension Step {
    public func restoreAtOnce(to before: Before) -> (@Sendable (StepContext) async throws -> String?)? { nil }
    public func plannedOutputs(from before: Before) -> [String: Value] { [:] }
}

extension Step where Before == Nothing {
    public func rollback(to before: Nothing, in context: StepContext) async throws {}
}

/// A kind that notes that the run has gone forward to its end: until then nobody knows whether its change is a good one.
public protocol ConcludingStep: Step {
    /// Called at the end of a run that has gone forward, for a step that has made its change: after the other steps and
    /// after `finally`. It is called again if a later process does what was still open, so it must be idempotent. If it
    /// fails, the run has succeeded all the same.
    ///
    /// `context.run.steps` tells which steps are not done and still open.
    func conclude(from before: Before, in context: StepContext) async throws
}

/// A kind that has nothing to look at before it runs, and no rollback. Its effect is not `reversible`.
///
/// `run` must be idempotent, and every effect goes through the `StepContext`, as in a `Step`.
public protocol RunOnlyStep: KindDeclaration {
    func run(in context: StepContext) async throws -> Output
}

/// What can be done of a step on another machine than that of its run. Nothing of it needs the project's files, or those
/// that an earlier step has made, and no command of the user's is started.
public enum Elsewhere: Int, Comparable, Sendable {
    /// Nothing. What the step says may be private, so that a journal in a store has its outputs by their names only.
    case nothing
    /// Later steps get its outputs.
    case outputs
    /// It can be undone as well.
    case undoing
    /// Its work can be done as well.
    case everything

    public static func < (left: Elsewhere, right: Elsewhere) -> Bool { left.rawValue < right.rawValue }
}

/// Checks that a step will find what it needs, and throws if it will not.
public typealias Preflight = @Sendable (StepContext) async throws -> Void

/// What `prepare` found.
public enum Preparation<Before: Sendable, Output: Sendable>: Sendable {
    /// There is something to do.
    case change(from: Before, ChangeList)
    /// There is nothing to do, but the outputs are known.
    case already(Output)
}

/// The `Before` of a step that needs none.
public struct Nothing: Codable, Hashable, Sendable {
    public init() {}
}

/// What a step does to the world.
public enum Effect: String, Codable, Sendable {
    /// Reads the project and writes only into the run's folder.
    case local
    /// Reads the outside world.
    case observing
    /// Changes the outside world in a way that needs no undoing, such as a record or a dropped cache: it has no
    /// rollback.
    case lasting
    /// Changes the outside world, and its rollback restores it.
    case reversible
    /// Changes the outside world for good.
    case irreversible
}

/// One thing that a run would change, as `plan` shows it.
public struct Change: Codable, Hashable, Sendable {
    public enum Verb: String, Codable, Sendable {
        case add, copy, replace, point, remove, run, keep

        /// False if visitors notice nothing of it.
        var changesSomething: Bool { self != .copy && self != .keep }
    }

    public var verb: Verb
    /// What is changed: a key, a link, a path.
    public var subject: String
    /// Why, or from what to what.
    public var detail: String
    public var bytes: Int?
    /// The size of what is replaced.
    public var oldBytes: Int?

    public init(_ verb: Verb, _ subject: String, detail: String = "", bytes: Int? = nil, oldBytes: Int? = nil) {
        self.verb = verb
        self.subject = subject
        self.detail = detail
        self.bytes = bytes
        self.oldBytes = oldBytes
    }

    /// Returns the change with its texts transformed.
    func map(_ text: (String) -> String) -> Change {
        var change = self
        change.subject = text(subject)
        change.detail = text(detail)
        return change
    }
}

/// Something a step changes, named by a URL such as `file:///srv/www/site`.
public struct Resource: Hashable, Sendable, Codable, CustomStringConvertible {
    public var url: String

    public init(url: String) {
        self.url = url
    }

    public var scheme: Substring { url.prefix { $0 != ":" } }
    public var description: String { url }
}
