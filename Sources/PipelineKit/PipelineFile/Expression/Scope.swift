/// What expressions can see at one moment of a run.
public struct Scope: Sendable {
    /// The result of a step that has ended.
    public struct StepResult: Hashable, Sendable {
        public var outcome: StepOutcome
        public var outputs: [String: Value]

        public init(outcome: StepOutcome, outputs: [String: Value] = [:]) {
            self.outcome = outcome
            self.outputs = outputs
        }
    }

    public var inputs: [String: Value]
    public var vars: [String: Value]
    public var secrets: [String: String]
    /// The environment of the runner's process.
    public var environment: [String: String]
    public var runID: String
    /// The pipeline's name.
    public var pipeline: String
    /// The results of steps by id. The outputs and outcome of a step that is not listed are null.
    public var steps: [String: StepResult]
    /// The status of the run so far: what `success()`, `failure()` and `cancelled()` test.
    public var status: RunOutcome

    public init(
        inputs: [String: Value] = [:], vars: [String: Value] = [:], secrets: [String: String] = [:],
        environment: [String: String] = [:], runID: String = "", pipeline: String = "",
        steps: [String: StepResult] = [:], status: RunOutcome = .success
    ) {
        self.inputs = inputs
        self.vars = vars
        self.secrets = secrets
        self.environment = environment
        self.runID = runID
        self.pipeline = pipeline
        self.steps = steps
        self.status = status
    }
}
