/// One kind of step: a saga pair of a change and its undoing.
///
/// Looking and changing are split. `prepare` looks; what it returns is durable in the journal before `run` is called, so
/// that `rollback` can undo the change in another process, after a crash, from the journal alone.
///
/// - `run` and `rollback` must be idempotent: each can be called again after it was interrupted at any place.
/// - `rollback` restores only what is still as this run left it. Where somebody else has changed it, it throws and says
///   who changed what.
/// - No step sleeps, reads a clock, starts a process or prints by itself: every effect comes with the `StepContext`.
public protocol Step: Sendable {
    associatedtype Options: StepOptions
    /// What undoing needs to know of the state before. A large one is kept in a file of its own beside the journal.
    associatedtype Before: Codable & Sendable = Nothing
    associatedtype Output: StepOutputs = NoOutputs

    static var kind: StepKind { get }

    /// The outputs of a step with these options. Only kinds whose options name further outputs need to say more than
    /// `Output.fields`.
    static func outputs(of options: Options) -> [OutputField]

    /// - Throws: what is wrong with options that are each valid by themselves.
    init(_ options: Options) throws

    var effect: Effect { get }

    /// What visitors get while this step is not done, as a sentence; nil if the run must not go on without it.
    ///
    /// If such a step gets no answer until its limit (a failure of the class `network`, `throttle` or `timeout`), that is no
    /// reason to take a whole release back: the run goes on, ends with exit status 4, and `resume` does the step later.
    var ifUnfinished: String? { get }

    /// False for a kind that leaves `prepare` as it is by default: the engine then does not call it.
    static var looksFirst: Bool { get }

    /// What a step with these options changes, as URLs: the engine takes their leases before the first step.
    ///
    /// It is asked before the run, when an option may hang on an earlier step, and again directly before the step: look
    /// at `$option.known`, never at the plain value.
    static func resources(of options: Options, in project: Project) -> [Resource]

    /// What a step with these options can find out before the first step of a run, so that a distribution which is not
    /// there ends the run before a release has been uploaded for it. It changes nothing, and is tried again as `prepare` is.
    ///
    /// An option may hang on an earlier step: look at `$option.known`, never at the plain value.
    ///
    /// - Returns: nil where there is nothing to look at, or too little is known yet.
    static func preflight(_ options: Options) -> Preflight?

    /// Looks and changes nothing. It is tried again where it fails, and never once it has succeeded: read again after a
    /// first attempt of `run`, "before" would be what that attempt had already changed.
    func prepare(in context: StepContext) async throws -> Preparation<Before, Output>

    /// The outputs that are known before the change is made, for `plan`: what a later step is planned with.
    func plannedOutputs(from before: Before) -> [String: Value]

    /// Makes the change.
    func run(from before: Before, in context: StepContext) async throws -> Output

    /// Restores `before`.
    ///
    /// - Throws: `NotUndoable` if what the step changed cannot be restored, however often it is tried.
    func rollback(to before: Before, in context: StepContext) async throws
}

extension Step {
    public static func outputs(of options: Options) -> [OutputField] { Output.fields }
    public static func resources(of options: Options, in project: Project) -> [Resource] { [] }
    public static func preflight(_ options: Options) -> Preflight? { nil }
    public func plannedOutputs(from before: Before) -> [String: Value] { [:] }
    public static var looksFirst: Bool { true }
    public var ifUnfinished: String? { nil }
}

extension Step where Before == Nothing {
    public func prepare(in context: StepContext) async throws -> Preparation<Nothing, Output> {
        .change(from: Nothing(), [])
    }

    public func rollback(to before: Nothing, in context: StepContext) async throws {}
}

/// Looks whether the world is as a step will need it, and throws what is wrong.
public typealias Preflight = @Sendable (StepContext) async throws -> Void

/// What `prepare` found.
public enum Preparation<Before: Sendable, Output: Sendable>: Sendable {
    /// There is something to do.
    case change(from: Before, ChangeList)
    /// There is nothing to do; the outputs are here all the same.
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
    /// Changes the outside world in a way that nothing must undo, such as a record or a dropped cache: it has no rollback.
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
    }

    public var verb: Verb
    /// What is changed: a key, a link, a path.
    public var subject: String
    /// Why, or from what to what.
    public var detail: String
    public var bytes: Int?

    public init(_ verb: Verb, _ subject: String, detail: String = "", bytes: Int? = nil) {
        self.verb = verb
        self.subject = subject
        self.detail = detail
        self.bytes = bytes
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
