/// What expressions can see at one moment of a run.
public struct Scope: Sendable {
    /// A step that is over.
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
    /// Of the runner's process.
    public var environment: [String: String]
    public var runID: String
    /// The pipeline's name.
    public var pipeline: String
    /// By id. The outputs and outcome of a step that is not in here are null.
    public var steps: [String: StepResult]
    /// Of the run so far: what `success()`, `failure()` and `cancelled()` ask.
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
