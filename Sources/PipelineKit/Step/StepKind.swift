/// A kind's description of itself.
public struct StepKind: Sendable {
    /// The name that a file gives after `uses:`.
    public var name: String
    /// One line that says what it does, as a sentence without its subject: "makes the release in the store".
    public var summary: String
    /// Sentences that say what a rollback restores and what it cannot restore; nil if the kind does not say.
    public var undoing: String?
    /// What else a reader must know: paragraphs of Markdown, each with no line break inside a sentence.
    public var details: [String]
    /// The time limit of one attempt, if the step does not set one. It wins over the file's `defaults`.
    public var timeout: Duration?
    /// The time limit of its rollback.
    public var rollbackTimeout: Duration?
    /// The kind that should follow a step of this one.
    public var followUp: FollowUp?
    /// An example of a step of this kind as a file has it: YAML, starting at `- uses:`.
    public var example: String

    /// A step whose absence a check warns about.
    public struct FollowUp: Sendable {
        public var kind: String
        /// The follow-up is expected only if the step has this option.
        public var option: String
        /// What happens without it, as the end of a sentence.
        public var otherwise: String

        public init(_ kind: String, ifThereIs option: String, otherwise: String) {
            (self.kind, self.option, self.otherwise) = (kind, option, otherwise)
        }
    }

    public init(
        _ name: String, _ summary: String, timeout: Duration? = nil, rollbackTimeout: Duration? = nil,
        undoing: String? = nil, details: [String] = [], followUp: FollowUp? = nil, example: String? = nil
    ) {
        self.name = name
        self.summary = summary
        self.undoing = undoing
        self.details = details
        self.followUp = followUp
        self.timeout = timeout
        self.rollbackTimeout = rollbackTimeout
        self.example = example ?? "- uses: \(name)"
    }
}
