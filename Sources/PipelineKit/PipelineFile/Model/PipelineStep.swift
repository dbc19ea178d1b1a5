/// One step of a pipeline: what it does, and the policy around it.
public struct PipelineStep: Sendable {
    /// The step's id, unique in the file.
    public var id: String
    public var kind: KindDescriptor
    /// The place of the step's first key.
    public var mark: SourceMark
    /// A mapping that already includes shared and wired options. What depends on the run is left `.deferred`.
    public var options: Node
    /// Variables for child processes, in the order of the file.
    public var environment: [(name: String, value: Node)]
    public var condition: Condition
    public var continueOnError: Bool
    /// True if a failure rolls the run back although the step could be done later.
    public var insists: Bool
    public var retry: RetryPolicy
    /// The time limit of one attempt, for `prepare` and for `run` each.
    public var timeout: Duration
    public var rollback: RollbackPolicy

    public init(
        id: String, kind: KindDescriptor, mark: SourceMark = SourceMark(line: 1, column: 1), options: Node,
        environment: [(name: String, value: Node)] = [], condition: Condition = .success,
        continueOnError: Bool = false, insists: Bool = false, retry: RetryPolicy = RetryPolicy(),
        timeout: Duration = Self.standardTimeout,
        rollback: RollbackPolicy = .own(timeout: Self.standardTimeout)
    ) {
        self.id = id
        self.kind = kind
        self.mark = mark
        self.options = options
        self.environment = environment
        self.condition = condition
        self.continueOnError = continueOnError
        self.insists = insists
        self.retry = retry
        self.timeout = timeout
        self.rollback = rollback
    }

    /// The time limit if neither the step, its kind nor the file's `defaults` set one; for a rollback as well.
    public static let standardTimeout = Duration.seconds(600)

    /// Returns the options with every expression replaced by its value.
    ///
    /// - Throws: `ExpressionError`.
    public func expandedOptions(in scope: Scope) throws -> Node {
        try options.expanded(in: scope)
    }

    /// How the command line sets the options whose values are inputs: `-i to=`, by the option's name.
    var setters: [String: String] {
        let given = (options.fields ?? []).compactMap { field in field.value.input.map { (field.key, "-i \($0)=") } }
        return Dictionary(given) { first, _ in first }
    }

    /// Returns the step's own variables with every expression replaced by its value; null becomes the empty text.
    ///
    /// - Throws: `ExpressionError`.
    public func expandedEnvironment(in scope: Scope) throws -> [String: String] {
        var variables: [String: String] = [:]
        for (name, value) in environment {
            variables[name] = try value.expandedValue(in: scope).asText
        }
        return variables
    }
}

/// How a step is undone.
public enum RollbackPolicy: Sendable {
    /// By its kind's own rollback.
    case own(timeout: Duration)
    /// Not at all.
    case off
    /// By other steps in place of its own.
    case steps([PipelineStep], timeout: Duration)
}
