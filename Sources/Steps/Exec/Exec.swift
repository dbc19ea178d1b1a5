internal import Logging
public import PipelineKit
internal import SystemPackage

/// Runs the user's command.
///
/// `run` is a script for `/bin/sh -e`: it ends with the first command that fails. The child gets the runner's
/// environment, the step's `env` on top, and `RUNNER_OUTPUT`, `RUNNER_RUN_ID`, `RUNNER_STEP_ID`, `RUNNER_ATTEMPT`,
/// `RUNNER_PROJECT` and `RUNNER_IDEMPOTENCY_KEY`. Its input is empty and it has no terminal. After a cancel it gets
/// SIGTERM, and SIGKILL five seconds later.
public struct Exec: Step {
    public struct Options: StepOptions {
        @Option("a script for the shell, which ends with the first command that fails", literal: true)
        public var run: String?
        @Option("a program and its arguments, run without a shell") public var command: [String]?
        @Option("where it runs, relative to the project") public var directory = "."
        @Option("names of outputs that it writes to the file `$RUNNER_OUTPUT`, as `name=value` lines")
        public var outputs: [String] = []

        public init() {}

        public func validate(_ problems: ProblemList, at mark: SourceMark) {
            switch ($run.isGiven, $command.isGiven) {
            case (false, false):
                problems.add(
                    "neither `run` nor `command` is there: what is to be run", at: mark,
                    help: "add `run: ./script.sh`, or `command: [program, argument]`")
            case (true, true):
                problems.add("both `run` and `command` are there", at: $command.place ?? mark, help: "take one out")
            default: break
            }
            if let run = $run.known ?? nil, run.allSatisfy(\.isWhitespace) {
                problems.add("`run` is empty", at: $run.place ?? mark)
            }
            if let command = $command.known ?? nil, command.first?.isEmpty ?? true {
                problems.add("`command` names no program", at: $command.place ?? mark)
            }
            validateOutputs(problems, at: $outputs.place ?? mark)
        }

        private func validateOutputs(_ problems: ProblemList, at mark: SourceMark) {
            guard let names = $outputs.known else {
                problems.add(
                    "`outputs` is an expression: later steps are checked by these names before anything runs", at: mark,
                    help: "write the names out")
                return
            }
            for (index, name) in names.enumerated() {
                if !OutputFile.isName(name) {
                    problems.add(
                        "`\(name)` cannot name an output", at: mark,
                        help: "a name has lower-case letters, digits and `-`, and starts with a letter")
                } else if names[..<index].contains(name) {
                    problems.add("the output `\(name)` is there twice", at: mark, help: "take one out")
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
        "exec", "runs a command",
        undoing:
            "Whatever the command did stays, unless the step says how it is undone: `rollback: { steps: […] }`. A run that "
            + "is rolled back after it ends with 3, unless the step has `rollback: false`.",
        example: """
            - id: build
              uses: exec
              with: { run: "make site", outputs: [pages] }
              env: { SITE: "https://www.example.com" }
              rollback: false
            """)

    public static func outputs(namedBy options: KnownOptions<Options>) -> [OutputField] {
        (options.$outputs ?? []).map { OutputField(name: $0, type: .text, help: "written by the command") }
    }

    private let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    public static var effect: Effect { .irreversible }

    public func prepare(in context: StepContext) async throws -> Preparation<Nothing, Output> {
        .change(
            from: Nothing(),
            [Change(.run, shown(context.mask), detail: "in \(context.project.path(options.directory))")])
    }

    public func run(from before: Nothing, in context: StepContext) async throws -> Output {
        let file = context.folder.appending("output-\(context.attempt)")
        try DurableFile.write([], to: file)
        let tail = OutputTail()
        let logger = context.logger
        let status = try await context.processes.run(command(in: context, outputFile: file)) { line in
            let text = context.mask(SanitizedLine.clean(line.text))
            tail.add(text, of: line.stream)
            logger.info("\(text)")
        }
        guard status.isSuccess else { throw failure(status, tail, context.mask) }
        var output = Output()
        let outputs = try OutputFile.read(file, declared: options.outputs, mask: context.mask)
        output.values = outputs.mapValues { .text($0) }
        return output
    }

    private func command(in context: StepContext, outputFile: FilePath) -> Command {
        var environment = context.environment.merging(context.stepEnvironment) { $1 }
        environment["RUNNER_OUTPUT"] = outputFile.string
        environment["RUNNER_RUN_ID"] = context.run.id
        environment["RUNNER_STEP_ID"] = context.stepID
        environment["RUNNER_ATTEMPT"] = String(context.attempt)
        environment["RUNNER_PROJECT"] = context.project.folder.string
        environment["RUNNER_IDEMPOTENCY_KEY"] = context.idempotencyKey
        let argv = options.command ?? ["/bin/sh", "-e", "-c", options.run ?? ""]
        return Command(
            argv[0], Array(argv.dropFirst()), environment: environment,
            directory: context.project.path(options.directory))
    }

    private func failure(
        _ status: ExitStatus, _ tail: OutputTail, _ mask: (String) -> String
    ) -> StepError {
        let words = tail.lines.isEmpty ? "" : "; its last words: " + tail.lines.joined(separator: " ⏎ ")
        let ending =
            switch status {
            case .exited(let code): "failed with exit status \(code)"
            case .signalled(let number): "was ended by signal \(number)"
            }
        let help =
            switch status {
            case .exited(127): "a command in it was not found: install it, or look at PATH"
            case .exited(126): "a file in it is not executable: make it so with `chmod +x FILE`"
            case .signalled(9): "most often the machine had no memory left: look at `dmesg`"
            default: "look at its output above; to run it by hand: `cd` to the folder and type the command"
            }
        return StepError("command-failed", "`\(shown(mask))` \(ending)\(words)", help: help)
    }

    /// The command in one line of readable length.
    private func shown(_ mask: (String) -> String) -> String {
        let text = options.command?.joined(separator: " ") ?? options.run ?? ""
        let lines = text.split(separator: "\n").map { mask(SanitizedLine.clean(String($0))) }
        let first = lines.first ?? ""
        let cut = first.count > 100 ? first.prefix(100) + "…" : first[...]
        return lines.count > 1 ? cut + " …" : String(cut)
    }
}
