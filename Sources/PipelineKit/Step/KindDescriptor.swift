/// A kind of step as a value: all that the check of a file, the schema, a plan and a run know of it.
///
/// It is made from a Swift type, `KindDescriptor(Note.self)`, or from data: then the fields of its options and outputs
/// are values, and closures do its work. It also has the members of its `StepKind`, such as `name` and `timeout`.
@dynamicMemberLookup
public struct KindDescriptor: Sendable {
    private let kind: StepKind
    public var effect: Effect
    // They are made when they are first needed: a command uses few of the kinds that it knows.
    private let optionFields: @Sendable () -> [OptionField]
    private let outputFields: @Sendable () -> [OutputField]
    /// What an editor can see of the conditions that involve several options.
    let rules: [OptionRule]
    /// The parts of an option's value that refuse expressions.
    let scripts: @Sendable (Node.Field) -> [Node]
    private let bindOptions: @Sendable (Node, ProblemList) -> BoundOptions?

    /// The options that a file can give to a step.
    public var options: [OptionField] { optionFields() }
    /// The outputs that every step of the kind has.
    public var outputs: [OutputField] { outputFields() }

    public subscript<Member>(dynamicMember member: KeyPath<StepKind, Member>) -> Member { kind[keyPath: member] }

    /// Makes a kind from data.
    ///
    /// - Parameters:
    ///   - options: each has a name of its own.
    ///   - bind: gets the values of options that have been checked, by name: null for one that was left out and has no
    ///     default. The value of an option that depends on an earlier step is missing until the run knows it.
    public init(
        _ kind: StepKind, effect: Effect, options: [OptionField] = [], outputs: [OutputField] = [],
        bind: @escaping @Sendable (_ options: [String: Value]) -> BoundOptions
    ) {
        self.kind = kind
        self.effect = effect
        optionFields = { options }
        outputFields = { outputs }
        rules = []
        scripts = { _ in [] }
        bindOptions = { node, problems in options.read(node, problems).map(bind) }
    }

    public init<Kind: Step>(_ type: Kind.Type) {
        self.init(declaredBy: type) { BoundStep($0) }
    }

    public init<Kind: ConcludingStep>(_ type: Kind.Type) {
        self.init(declaredBy: type) { step in
            BoundStep(step) { try await step.conclude(from: $0.decoded(), in: $1) }
        }
    }

    /// - Precondition: the kind's effect is not `reversible`, because it has no rollback.
    public init<Kind: RunOnlyStep>(_ type: Kind.Type) {
        precondition(Kind.effect != .reversible, "the kind `\(Kind.kind.name)` has no rollback, so nothing restores it")
        self.init(declaredBy: type) { step in
            BoundStep(
                ifUnfinished: step.ifUnfinished,
                run: { _, context in CompletedStep(try await step.run(in: context), of: step) })
        }
    }

    private init<Kind: KindDeclaration>(
        declaredBy type: Kind.Type, _ bound: @escaping @Sendable (Kind) throws -> BoundStep
    ) {
        kind = Kind.kind
        effect = Kind.effect
        optionFields = { Kind.Options.fields }
        outputFields = { Kind.Output.fields }
        rules = Kind.Options.rules
        scripts = { Kind.Options.scripts(in: $0) }
        bindOptions = { node, problems in
            guard let options = Kind.Options.read(node, problems) else { return nil }
            let known = KnownOptions(options)
            return BoundOptions(
                readsByCommand: Kind.readsByCommand(known), namedOutputs: Kind.outputs(namedBy: known),
                resources: { Kind.resources(of: known, in: $0) },
                preflight: Kind.preflight(known), elsewhere: Kind.elsewhere(known), open: { try bound(Kind(options)) })
        }
    }

    /// Reads and checks the options of a step.
    ///
    /// - Returns: nil if they are wrong; each problem is added to `problems`.
    func bind(_ options: Node, _ problems: ProblemList) -> BoundOptions? {
        let before = problems.errorCount
        let bound = bindOptions(options, problems)
        return problems.errorCount == before ? bound : nil
    }
}

/// The options of one step, bound to its kind: what is known before the step is opened.
public struct BoundOptions: Sendable {
    /// True if the step runs a command of the user's that only reads.
    public var readsByCommand: Bool
    /// Outputs that the options name, in addition to those of the kind: none, unless `StepKind.namesOutputs` is set.
    public var namedOutputs: [OutputField]
    /// Returns what the step changes, as far as that is known. The engine takes the leases.
    public var resources: @Sendable (Project) -> [Resource]
    /// The check to run before the first step of a run.
    public var preflight: Preflight?
    /// What can be done of it on another machine.
    public var elsewhere: Elsewhere
    /// Opens the step. It is called only if all values are known.
    ///
    /// It throws an error if options that are each valid do not go together.
    public var open: @Sendable () throws -> BoundStep

    public init(
        readsByCommand: Bool = false, namedOutputs: [OutputField] = [],
        resources: @escaping @Sendable (Project) -> [Resource] = { _ in [] },
        preflight: Preflight? = nil, elsewhere: Elsewhere = .nothing,
        open: @escaping @Sendable () throws -> BoundStep
    ) {
        self.readsByCommand = readsByCommand
        self.namedOutputs = namedOutputs
        self.resources = resources
        self.preflight = preflight
        self.elsewhere = elsewhere
        self.open = open
    }
}

/// The kinds that a runner knows.
public struct StepRegistry: Sendable {
    // There are few: making a dictionary takes longer than a search through them.
    private let kinds: [KindDescriptor]
    /// The names of the kinds, in the order of their registration.
    public let names: [String]

    /// - Precondition: no two kinds have the same name.
    public init(_ kinds: [KindDescriptor]) {
        names = kinds.map(\.name)
        self.kinds = kinds
        for (index, name) in names.enumerated() {
            precondition(!names[..<index].contains(name), "two kinds are named `\(name)`")
        }
    }

    public subscript(name: String) -> KindDescriptor? {
        names.firstIndex(of: name).map { kinds[$0] }
    }
}
