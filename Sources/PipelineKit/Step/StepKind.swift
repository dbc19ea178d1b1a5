/// What a kind says of itself.
public struct StepKind: Sendable {
    /// What stands behind `uses:`.
    public var name: String
    /// One line, as a sentence without its subject: "makes the release in the store".
    public var summary: String
    /// What a rollback restores and what it cannot, as sentences; nil if the kind does not say.
    public var undoing: String?
    /// Of one attempt, where neither the step nor the file's `defaults` say.
    public var timeout: Duration?
    /// Of its rollback.
    public var rollbackTimeout: Duration?
    /// The kind that a step of this one wants behind it.
    public var followUp: FollowUp?
    /// A step of this kind as it stands in a file: YAML, from `- uses:` on.
    public var example: String

    /// What a check warns of if it is missing.
    public struct FollowUp: Sendable {
        public var kind: String
        /// It is wanted only if the step has this option.
        public var option: String
        /// What happens without it, as the end of a sentence.
        public var otherwise: String

        public init(_ kind: String, ifThereIs option: String, otherwise: String) {
            (self.kind, self.option, self.otherwise) = (kind, option, otherwise)
        }
    }

    public init(
        _ name: String, _ summary: String, timeout: Duration? = nil, rollbackTimeout: Duration? = nil,
        undoing: String? = nil, followUp: FollowUp? = nil, example: String? = nil
    ) {
        self.name = name
        self.summary = summary
        self.undoing = undoing
        self.followUp = followUp
        self.timeout = timeout
        self.rollbackTimeout = rollbackTimeout
        self.example = example ?? "- uses: \(name)"
    }
}

/// The kinds that a runner knows.
public struct StepRegistry: Sendable {
    // Few: a dictionary takes longer to make than they take to go through.
    private let types: [any Step.Type]
    /// In the order of their registration.
    public let names: [String]

    /// - Precondition: no two kinds have the same name.
    public init(_ types: [any Step.Type]) {
        names = types.map { $0.kind.name }
        self.types = types
        for (index, name) in names.enumerated() {
            precondition(!names[..<index].contains(name), "two kinds are named `\(name)`")
        }
    }

    public subscript(name: String) -> (any Step.Type)? {
        names.firstIndex(of: name).map { types[$0] }
    }
}
