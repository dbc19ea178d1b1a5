import ExecStep
import PipelineKit
import TestSupport
import Testing

@Suite struct ExecTests {
    @Test(
        arguments: [
            ([:], "set one of `run` or `command`: what to run"),
            (["run": "a", "command": ["a"]], "`run` and `command` cannot be used together"),
            (["run": " \n "], "`run` is empty"),
            (["command": []], "`command` names no program"),
            (["command": [""]], "`command` names no program"),
            (["run": "a", "outputs": ["Url"]], "`Url` is not a valid name for an output"),
            (["run": "a", "outputs": ["a", "b", "a"]], "the output `a` is given twice"),
            (["run": "a", "outputs": ["Url": "string"]], "`Url` is not a valid name for an output"),
            (
                ["run": "a", "outputs": ["a": "text"]],
                "expected one of `string`, `integer`, `boolean`, `number`, found `text`"
            ),
            (["run": "a", "shell": "zsh"], "expected one of `sh`, `bash`, found `zsh`"),
            (["command": ["a"], "shell": "bash"], "`command` runs without a shell, so `shell` has no effect"),
            (
                ["run": "a", "effect": "none", "detach": true],
                "`effect: none` says that the command only reads, and `detach` that it leaves something running"
            ),
        ] as [([String: Value], String)])
    func wrongOptionsSayWhy(fields: [String: Value], message: String) {
        #expect(Exec.Options.problems(fields).map(\.message) == [message])
    }

    @Test func declaredOutputsAreKnownBeforeTheRun() throws {
        let options = try Exec.Options.test(["run": "a", "outputs": ["url", "size"]])
        #expect(Exec.outputs(namedBy: KnownOptions(options)).map(\.name) == ["url", "size"])
        #expect(Exec.outputs(namedBy: KnownOptions(options)).allSatisfy { $0.type == .text })
    }

    @Test func declaredOutputsHaveTypes() throws {
        let options = try Exec.Options.test([
            "run": "a", "outputs": ["count": "integer", "live": "boolean", "name": "string", "ratio": "number"],
        ])
        let types = Exec.outputs(namedBy: KnownOptions(options)).map { ($0.name, $0.type) }
        #expect(
            Dictionary(uniqueKeysWithValues: types)
                == ["count": .integer, "live": .bool, "name": .text, "ratio": .number])
    }

    @Test func onlyEffectNoneMakesItAReader() throws {
        #expect(Exec.readsByCommand(KnownOptions(try .test(["run": "a", "effect": "none"]))))
        #expect(!Exec.readsByCommand(KnownOptions(try .test(["run": "a"]))))
    }

    @Test func outputsMayNotBeAnExpression() {
        let mark = SourceMark(line: 1, column: 1)
        let node = Node(
            .mapping([
                Node.Field(key: "run", keyMark: mark, value: Node(.scalar("a", plain: true), at: mark)),
                Node.Field(
                    key: "outputs", keyMark: mark,
                    value: Node(.deferred(expression: "steps.a.outputs.b", type: .list), at: mark)),
            ]), at: mark)
        let problems = ProblemList()
        #expect(Exec.Options.read(node, problems) == nil)
        #expect(problems.problems.first?.message.hasPrefix("`outputs` is an expression") == true)
    }

    @Test func aPlanShowsTheCommand() async throws {
        let step = try Exec(.test(["run": "./a.sh\n./b.sh", "directory": "tools"]))
        guard case .change(_, let changes) = try await step.prepare(in: .test()) else {
            Issue.record("there is something to do")
            return
        }
        #expect(changes == [Change(.run, "./a.sh …", detail: "in /nowhere/project/tools")])
        #expect(Exec.effect == .irreversible)
    }
}
