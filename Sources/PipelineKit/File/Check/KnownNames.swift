/// What expressions can name at one place of the file, with types, and what of it is known already.
struct KnownNames {
    struct Step {
        /// Nil where its options are wrong or not known yet, so that any name may be right.
        var outputs: [OutputField]?
        /// What every step of the kind has.
        var kindOutputs: [OutputField] = []
        /// The step's own `if`, without what it implies.
        var condition: Expression?
        var conditionText = ""
    }

    struct Variable {
        /// Nil where it cannot be known before the run.
        var value: Value?
        var type: ValueType?
        /// Whether it hangs on a given input.
        var isGiven = false
    }

    var inputs: [String: PipelineInput] = [:]
    /// Inputs whose value is missing or wrong, which has been reported.
    var brokenInputs: Set<String> = []
    var vars: [String: Variable] = [:]
    /// Every variable of the file.
    var allVars: Set<String> = []
    var secrets: [String] = []
    var environment: [String: String] = [:]
    /// The steps that can be named here, nearest last.
    var steps: [(id: String, step: Step)] = []
    /// For each output the steps of the same list that stand below and whose kinds declare it, nearest first.
    var laterSteps: [String: ArraySlice<String>] = [:]
    /// The id of the step that is being read.
    var currentStep: String?
    /// Every id of the file.
    var allSteps: Set<String> = []
    /// The ids of steps that could not be read, which has been reported; nil where all could.
    var unreadSteps: Set<String>?

    static let contexts = ["inputs", "vars", "secrets", "env", "run", "steps"]
    static let runFields = ["id", "pipeline"]

    func step(_ id: String) -> Step? {
        steps.last { $0.id == id }?.step
    }

    /// Whether the file's reader knows the value already.
    func isKnown(_ reference: Expression.Reference) -> Bool {
        guard reference.path.count == 2 else { return false }
        let name = reference.path[1]
        return switch reference.path[0] {
        case "env": true
        case "inputs": inputs[name] != nil && !brokenInputs.contains(name)
        case "vars": vars[name]?.value != nil
        default: false
        }
    }

    func isKnown(_ expression: Expression) -> Bool {
        expression.references.allSatisfy(isKnown) && !expression.calls.contains { $0.function.isStatus }
    }

    /// Whether its value hangs on an input that the command line or the environment has given.
    func isGiven(_ expression: Expression) -> Bool {
        expression.references.contains { reference in
            guard reference.path.count == 2 else { return false }
            return switch reference.path[0] {
            case "inputs": inputs[reference.path[1]]?.isGiven == true
            case "vars": vars[reference.path[1]]?.isGiven == true
            default: false
            }
        }
    }

    /// For expressions of which everything is known.
    var scope: Scope {
        Scope(inputs: inputs.mapValues(\.value), vars: vars.compactMapValues(\.value), environment: environment)
    }
}
