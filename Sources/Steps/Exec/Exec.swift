internal import Glibc
internal import Logging
public import PipelineKit
internal import SystemPackage

/// Runs the user's command.
///
/// `run` is a script for `/bin/sh -e`: it ends with the first command that fails. The child gets the runner's
/// environment without the variables of secrets, the step's `env` on top, and `RUNNER_OUTPUT`, `RUNNER_RUN_ID`, `RUNNER_STEP_ID`, `RUNNER_ATTEMPT`,
/// `RUNNER_PROJECT` and `RUNNER_IDEMPOTENCY_KEY`. Its input is empty and it has no terminal. After a cancel it gets
/// SIGTERM, and SIGKILL five seconds later. What it leaves running in the background lives until the run ends. If the
/// runner is killed, so is the command, and whoever continues the run waits for what it has started.
public struct Exec: Step {
    public enum CommandEffect: String, OptionChoice {
        /// The command only reads.
        case none
    }

    public struct Options: StepOptions {
        @Option("a script for the shell, which stops at the first command that fails", literal: true)
        public var run: String?
        @Option(
            "the shell of `run`: `bash` is `bash -eo pipefail` without profiles; `sh` is plain `sh -e`, in which only the last "
                + "command of a pipe counts; without `shell`, it is `sh -e`, and a pipe fails if any of its commands fails",
            literal: true)
        public var shell: Shell?
        @Option("a program and its arguments, run without a shell", exposed: true) public var command: ProgramWords?
        @Option("where it runs, relative to the project") public var directory = "."
        @Option(
            "what it writes to the file `$RUNNER_OUTPUT`, as `name=value` lines: names, or names with their types, as in "
                + "`{ count: integer, live: boolean }`; types are `string`, `integer`, `number`, `boolean`")
        public var outputs = DeclaredOutputs([])
        @Option(
            "`none`: the command only reads. No failed run counts it as something to undo, and "
                + "`\(ProgramName.current) plan --allow-commands` runs it", literal: true)
        public var effect: CommandEffect?
        @Option("keep what it leaves running in the background after the run") public var detach = false

        public init() {}

        public static let rules: [OptionRule] = [
            .oneOf(["run", "command"]), .excludes("run", ["command"]), .excludes("command", ["shell"]),
            .notEmpty("run"), .notEmpty("command"),
        ]

        public static func scripts(in field: Node.Field) -> [Node] {
            guard field.key == "command", case .sequence(let words) = field.value.content else { return [] }
            return Interpreter.scripts(in: words)
        }

        public func validate(_ problems: ProblemList, at mark: SourceMark) {
            switch ($run.isGiven, $command.isGiven) {
            case (false, false):
                problems.add(
                    "set one of `run` or `command`: what to run", at: mark,
                    help: "add `run: ./script.sh`, or `command: [program, argument]`")
            case (true, true):
                problems.add(
                    "`run` and `command` cannot be used together", at: $command.place ?? mark,
                    help: "remove one of them")
            case (false, true) where $shell.isGiven:
                problems.add(
                    "`command` runs without a shell, so `shell` has no effect", at: $shell.place ?? mark,
                    help: "remove `shell`, or write the text as `run`")
            default: break
            }
            if let run = $run.known ?? nil, run.allSatisfy(\.isWhitespace) {
                problems.add("`run` is empty", at: $run.place ?? mark)
            }
            if let command = $command.known ?? nil, command.words.first?.isEmpty ?? true {
                problems.add("`command` names no program", at: $command.place ?? mark)
            }
            if $effect.known == CommandEffect.none, $detach.known == true {
                problems.add(
                    "`effect: none` says that the command only reads, and `detach` that it leaves something running",
                    at: $detach.place ?? mark, help: "remove one of them")
            }
            validateOutputs(problems, at: $outputs.place ?? mark)
        }

        private func validateOutputs(_ problems: ProblemList, at mark: SourceMark) {
            if $outputs.isDeferred {
                problems.add(
                    "`outputs` is an expression: later steps are checked by these names before anything runs", at: mark,
                    help: "write the names out")
            }
            let names = ($outputs.known?.declarations ?? []).map(\.name)
            for (index, name) in names.enumerated() {
                if !OutputFile.isName(name) {
                    problems.add(
                        "`\(name)` is not a valid name for an output", at: mark,
                        help: "use lower-case letters, digits and `-`, with a letter first")
                } else if names[..<index].contains(name) {
                    problems.add("the output `\(name)` is given twice", at: mark, help: "remove one of them")
                }
            }
        }
    }

    /// What the command wrote to `$RUNNER_OUTPUT`.
    public struct Output: StepOutputs {
        public static var fields: [OutputField] { [] }
        public internal(set) var values: [String: Value] = [:]

        public init() {}
    }

    public static let kind = StepKind(
        "exec", "runs a command", namesOutputs: true,
        undoing:
            "Whatever the command did stays, unless the step says how it is undone: `rollback: { steps: […] }`. A run that "
            + "is rolled back after it ends with 3, unless the step has `rollback: false`, or `effect: none` because the "
            + "command only reads.",
        details: [
            """
            **Outputs.** The command appends lines `name=value` to the file that `$RUNNER_OUTPUT` names. A value of several \
            lines is written as in a here-document, with any word in the place of `END`:
            """,
            """
            ```sh
            {
                echo "count=$(wc -l < list.txt)"
                echo "notes<<END"
                cat notes.txt
                echo END
            } >> "$RUNNER_OUTPUT"
            ```
            """,
            """
            Each declared output must be written, and no other. A value that is not of its declared type is an error: a \
            `boolean` is `true` or `false`, an `integer` a whole number, a `number` any. They keep their types in \
            expressions: `steps.list.outputs.count > 3`. An output that holds a secret is masked, also for later steps.
            """,
            """
            **Environment.** The command gets the runner's environment without the variables of the file's `secrets`, and the \
            step's `env` over it. `command` refuses a secret: every user of the machine can see the arguments of a program.
            """,
            """
            **Input.** Standard input is empty (`/dev/null`), and there is no terminal: `read` finds the end at once and \
            fails.
            """,
            """
            **Bash.** With `shell: bash`, bash must be in PATH when the run begins: the run stops before its first step if not.
            """,
            """
            **Pipes.** Without `shell`, a text with a `|` in it runs with `pipefail`: by `/bin/sh` if that knows it, else by \
            bash, and without either as plain `sh -e`, with a line in the log. In `list | head -1`, `list` may then fail \
            because nobody reads on (exit status 141): with `shell: sh` only the last command counts.
            """,
            """
            **Background.** What the command leaves running in its process group (`server &`) lives until the run ends: \
            later steps, a rollback and `finally` can use it, and what it writes is in the step's log. Then the group gets \
            SIGTERM, and SIGKILL five seconds later. Before another attempt of the step, what the last one left is ended. \
            The step's `timeout` counts only while the command itself runs, and ends all of the group. With `detach: true` the command has a session \
            of its own, and what it leaves lives on after the run. What that writes is in the log until the command has \
            ended, and thrown away afterwards: send it to a file (`server > server.log 2>&1 &`) to keep it.
            """,
            """
            **A killed runner.** If the runner is killed, the kernel kills the command with it, and what the command has \
            started lives on. Before `recover`, `resume` or `rollback` run the step again or undo it, they wait for that, as \
            long as the step's `timeout` allows; with `--kill` they end it instead. They find it by a locked file that it \
            has inherited as a descriptor of 200 or more, and not by process ids. So they do not find a program whose parent closes the descriptors that it \
            would inherit, as sudo and Python's `subprocess` do, and the kernel does not kill sudo. What a step that was \
            finished has left in the background is not waited for, and not started again. With `detach: true` nothing is \
            killed or waited for.
            """,
        ],
        example: """
            - id: build
              uses: exec
              with: { run: "make site", outputs: [pages] }
              env: { SITE: "https://www.example.com" }
              rollback: false
            - id: package
              uses: exec
              with: { run: "echo version=$(jq -r .version package.json) >> $RUNNER_OUTPUT", outputs: [version], effect: none }
            """)

    public static func readsByCommand(_ options: KnownOptions<Options>) -> Bool {
        options.$effect == CommandEffect.none
    }

    /// Looks for `bash` in PATH if the step names it, so that the run does not stop half-way.
    public static func preflight(_ options: KnownOptions<Options>) -> Preflight? {
        guard options.$shell == .some(.bash) else { return nil }
        return { context in
            let path = context.childEnvironment["PATH"] ?? ""
            // A PATH that an earlier step gives is not known yet.
            guard !path.isEmpty else { return }
            let isThere = path.split(separator: ":").contains { access($0 + "/bash", X_OK) == 0 }
            guard isThere else { throw noBash("there is no command `bash` in PATH (\(path))") }
        }
    }

    private static func noBash(_ reason: String) -> StepError {
        StepError(
            "no-bash", "the step has `shell: bash`, but bash is not installed: \(reason)",
            help: "install bash before the run, or remove `shell`: then `/bin/sh` runs the script")
    }

    public static func outputs(namedBy options: KnownOptions<Options>) -> [OutputField] {
        (options.$outputs?.declarations ?? []).map(\.field)
    }

    private let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public static var effect: Effect { .irreversible }

    public func prepare(in context: StepContext) async throws -> Preparation<Nothing, Output> {
        // A step whose program cannot even be started has changed nothing. In a plan an earlier step may be what installs it.
        if !context.isPlan { try check(context) }
        return .change(
            from: Nothing(),
            [Change(.run, shown(context.mask), detail: "in \(context.project.path(options.directory))")])
    }

    private func check(_ context: StepContext) throws {
        do {
            try context.processes.check(command(in: context, outputFile: context.folder))
        } catch let error as ProcessError where error.kind == .commandNotFound && options.shell == .bash {
            throw Self.noBash(error.message)
        }
    }

    public func run(from before: Nothing, in context: StepContext) async throws -> Output {
        // An earlier attempt may have left a server that has the port.
        await context.background.end(of: context.stepID)
        let file = try TransientFile(named: "output-\(context.attempt)", in: context.folder)
        defer { file.remove() }
        let tail = OutputTail()
        let logger = context.logger
        let policy: BackgroundPolicy =
            options.detach ? .detached : .kept(in: context.background, owner: context.stepID)
        let status: ExitStatus
        do {
            status = try await context.processes.run(
                command(in: context, outputFile: file.path), background: policy
            ) { line in
                let text = context.mask(SanitizedLine.clean(line.text))
                tail.add(text, of: line.stream)
                logger.notice("\(text)")
            }
        } catch let error as ProcessError where error.kind == .commandNotFound && options.shell == .bash {
            throw Self.noBash(error.message)
        }
        guard status.isSuccess else { throw failure(status, tail, context.mask) }
        var output = Output()
        output.values = try OutputFile.read(file.path, declared: options.outputs, mask: context.mask)
        return output
    }

    private func command(in context: StepContext, outputFile: FilePath) -> Command {
        var environment = context.childEnvironment
        environment["RUNNER_OUTPUT"] = outputFile.string
        environment["RUNNER_RUN_ID"] = context.run.id
        environment["RUNNER_STEP_ID"] = context.stepID
        environment["RUNNER_ATTEMPT"] = String(context.attempt)
        environment["RUNNER_PROJECT"] = context.project.folder.string
        environment["RUNNER_IDEMPOTENCY_KEY"] = context.idempotencyKey
        let argv = options.command?.words ?? Shell.command(options.run ?? "", in: options.shell)
        return Command(
            argv[0], Array(argv.dropFirst()), environment: environment,
            directory: context.project.path(options.directory))
    }

    private func failure(
        _ status: ExitStatus, _ tail: OutputTail, _ mask: (String) -> String
    ) -> StepError {
        let words = tail.lines.isEmpty ? "" : "; its last output: " + tail.lines.joined(separator: " ⏎ ")
        let ending =
            switch status {
            case .exited(let code): "failed with exit status \(code)"
            case .signalled(let number): "was ended by signal \(number)"
            }
        let help =
            switch status {
            case .exited(127): "a command in it was not found: install it, or check PATH"
            case .exited(126): "a file in it is not executable: make it executable with `chmod +x FILE`"
            case .exited(141) where options.command == nil:
                "a command in front of a `|` was ended because the next one read no more; with `shell: sh` only the last one "
                    + "counts"
            case .signalled(9): "most often the machine ran out of memory: look at `dmesg`"
            default: "look at its output above; to run it by hand: `cd` to the folder and type the command"
            }
        return StepError("command-failed", "`\(shown(mask))` \(ending)\(words)", help: help)
    }

    /// The command in one line of readable length.
    private func shown(_ mask: (String) -> String) -> String {
        let text = options.command?.words.joined(separator: " ") ?? options.run ?? ""
        let lines = text.split(separator: "\n").map { mask(SanitizedLine.clean(String($0))) }
        let first = lines.first ?? ""
        let cut = first.count > 100 ? first.prefix(100) + "…" : first[...]
        return lines.count > 1 ? cut + " …" : String(cut)
    }
}
