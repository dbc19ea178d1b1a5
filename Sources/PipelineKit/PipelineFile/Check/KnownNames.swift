/// The names that expressions can use at one place of the file, with their types and the values known so far.
struct KnownNames {
    struct Step {
        /// The step's outputs; nil if its options are wrong or not known yet, so that any name may be right.
        var outputs: [OutputField]?
        /// The outputs that every step of the kind has.
        var kindOutputs: [OutputField] = []
        /// The step's own `if`, without the implied status function.
        var condition: Expression?
        var conditionText = ""
    }

    struct Variable {
        /// The value; nil if it cannot be known before the run.
        var value: Value?
        var type: ValueType?
        /// True if it depends on a given input.
        var isGiven = false
        /// True if it has no value because of something that has been reported.
        var isBroken = false
    }

    var inputs: [String: PipelineInput] = [:] { didSet { inputValues = inputs.mapValues(\.value) } }
    private var inputValues: [String: Value] = [:]
    /// Inputs whose value is missing or wrong; that has been reported.
    var brokenInputs: Set<String> = []
    private(set) var vars: [String: Variable] = [:]
    private var varValues: [String: Value] = [:]
    /// Every variable of the file.
    var allVars: Set<String> = []
    var secrets: [String] = []
    var environment: [String: String] = [:]
    /// The steps that can be named here, nearest last.
    private(set) var steps: [(id: String, step: Step)] = []
    /// Where in `steps` the nearest one of an id is.
    private var stepIndices: [String: Int] = [:]
    /// For each output, the nearest step that has it.
    private var sources: [String: (step: String, type: ValueType?)] = [:]
    /// For each output, the later steps of the same list whose kinds declare it, nearest first.
    var laterSteps: [String: ArraySlice<String>] = [:]
    /// The id of the step that is being read.
    var currentStep: String?
    /// Every id of the file.
    var allSteps: Set<String> = []
    /// The steps that could not be read; that has been reported.
    var unread = UnreadSteps.none

    /// What is not known of the file's steps.
    enum UnreadSteps: Equatable {
        /// All could be read.
        case none
        /// The kinds of some steps. One without an `id` has one that ends with a number.
        case kinds(isUnnamed: Bool)
        /// Whole steps, which may have any id.
        case steps
    }

    static let contexts = ["inputs", "vars", "secrets", "env", "run", "steps"]
    static let runFields = ["id", "pipeline"]

    mutating func set(_ variable: Variable, named name: String) {
        vars[name] = variable
        varValues[name] = variable.value
    }

    mutating func add(_ step: Step, named id: String) {
        stepIndices[id] = steps.count
        steps.append((id, step))
        for output in (step.outputs ?? step.kindOutputs).reversed() { sources[output.name] = (id, output.type) }
    }

    /// The nearest step that has an output, with the output's type.
    func source(of output: String) -> (step: String, type: ValueType?)? { sources[output] }

    func step(_ id: String) -> Step? { stepIndices[id].map { steps[$0].step } }

    /// True if a step that could not be read may have this id.
    func mayBeUnread(_ id: String) -> Bool {
        switch unread {
        case .none: false
        case .kinds(let isUnnamed): isUnnamed && id.split(separator: "-").last.flatMap { Int($0) } != nil
        case .steps: true
        }
    }

    /// True if it has no value because of something that has been reported.
    func isBroken(_ expression: Expression) -> Bool {
        expression.references.contains { reference in
            guard reference.path.count == 2 else { return false }
            return switch reference.path[0] {
            case "inputs": brokenInputs.contains(reference.path[1])
            case "vars": vars[reference.path[1]]?.isBroken == true
            default: false
            }
        }
    }

    /// True if the file's reader knows the value already.
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

    /// True if the value depends on an input that the command line or the environment has given.
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

    /// The scope for expressions whose values are all known.
    var scope: Scope {
        Scope(inputs: inputValues, vars: varValues, environment: environment)
    }
}
