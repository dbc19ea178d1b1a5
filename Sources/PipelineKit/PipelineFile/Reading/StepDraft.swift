/// A step before its values are read: other steps need only its id and kind.
struct StepDraft {
    enum Position {
        case steps, finally, rollback
    }

    /// The step's id; empty if the file gives a wrong one.
    var id: String
    /// True if the id was made of the kind and a number.
    var isAutomaticID = false
    /// The step's kind; nil if the file names none that exists. That has been reported.
    var kind: KindDescriptor?
    var mark: SourceMark
    var position: Position
    var keys: StepKeys
    /// Steps that replace the kind's own rollback.
    var rollbackSteps: [StepDraft] = []
}

/// The other keys of a step, still unread.
struct StepKeys {
    var with: Node?
    var environment: Node?
    var condition: Node?
    var continueOnError: Node?
    var onFailure: Node?
    var retry: Node?
    var timeout: Node?
    var rollback: Node?

    init(taking fields: inout NodeFields) {
        with = fields.take("with")
        environment = fields.take("env")
        condition = fields.take("if")
        continueOnError = fields.take("continue-on-error")
        onFailure = fields.take("on-failure")
        retry = fields.take("retry")
        timeout = fields.take("timeout")
        rollback = fields.take("rollback")
    }

    /// Every key of a step.
    static let names = [
        "id", "uses", "with", "env", "if", "continue-on-error", "on-failure", "retry", "timeout", "rollback",
    ]

    /// The keys that other tools have at a step, with what to write here.
    static let habits = [
        "run": "commands are run by `uses: exec` with `with: { run: … }`",
        "name": "a step is named by its `id`",
        "retries": "write `retry: { attempts: 3 }`",
        "attempts": "write `retry: { attempts: 3 }`",
        "timeout-minutes": "write `timeout: 5m`",
        "working-directory": "write `with: { directory: … }` at a step whose kind has that option",
        "needs": "steps run in the order of the file",
        "when": "write `if: …`",
    ]
}
