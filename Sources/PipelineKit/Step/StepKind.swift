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
    /// True if its steps can have outputs that their options name. It must be set for these to be allowed.
    public var namesOutputs: Bool
    /// The kind that should follow a step of this one.
    public var followUp: FollowUp?
    /// What an option's line has no room for.
    public var table: Table?
    /// An example of a step of this kind as a file has it: YAML, starting at `- uses:`.
    public var example: String

    /// A table of two columns.
    public struct Table: Sendable {
        /// A line without a full stop.
        public var title: String
        public var rows: [Row]

        public struct Row: Sendable {
            public var subject: String
            public var text: String

            public init(_ subject: String, _ text: String) { (self.subject, self.text) = (subject, text) }
        }

        public init(_ title: String, _ rows: [Row]) { (self.title, self.rows) = (title, rows) }
    }

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
        namesOutputs: Bool = false, undoing: String? = nil, details: [String] = [], followUp: FollowUp? = nil,
        table: Table? = nil, example: String? = nil
    ) {
        self.name = name
        self.summary = summary
        self.undoing = undoing
        self.details = details
        self.followUp = followUp
        self.table = table
        self.namesOutputs = namesOutputs
        self.timeout = timeout
        self.rollbackTimeout = rollbackTimeout
        self.example = example ?? "- uses: \(name)"
    }
}
