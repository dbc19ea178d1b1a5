import PipelineKit
import Testing

/// What is found about steps and their expressions, in short.
@Suite struct StepCheckTests {
    @Test(arguments: [
        ("- { id: 1a, uses: log }", "`1a` is not a valid id for a step"),
        ("- { id: a, uses: log }\n- { id: a, uses: log }", "two steps have the id `a`: here and in line 4"),
        (
            "- { id: log-2, uses: tag }\n- uses: log\n- uses: log",
            "the id `log-2` is already the default id of the step in line 6"
        ),
        (
            "- uses: exec\n  with: { run: \"x ${{ run.id }}\" }",
            "`run` cannot contain an expression: a tag or a branch name that it gives could be a command"
        ),
        ("- { uses: log, with: { message: \"${{ inpts.a }}\" } }", "unknown name `inpts`"),
        ("- { uses: log, with: { message: \"${{ steps.tag }}\" } }", "`steps.tag` names nothing"),
        ("- { uses: log, with: { message: \"${{ run.ids }}\" } }", "there is no field of `run` `ids`"),
        ("- { uses: log, with: { message: \"${{ secrets.a }}\" } }", "there is no secret `a`"),
        ("- { uses: log, with: { message: \"${{ success() }}\" } }", "`success()` can only be used in `if`"),
        (
            "- { uses: log, with: { message: \"${{ steps.t.outputs.version }}\" } }\n- { id: t, uses: tag }",
            "the step `t` does not run before this one"
        ),
        (
            "- { id: t, uses: tag }\n- { uses: log, with: { message: \"${{ steps.t.outputs.verson }}\" } }",
            "the step `t` has no output `verson`"
        ),
        (
            "- { id: t, uses: tag }\n- { uses: log, with: { message: \"${{ steps.t.output.version }}\" } }",
            "`steps.t.output.version` names nothing"
        ),
        (
            "- { id: t, uses: tag }\n- uses: log\n  if: steps.t.outputs.distance == '1'",
            "a whole number is compared with text, which is never equal"
        ),
        (
            "- { id: t, uses: tag }\n- uses: log\n  if: steps.t.outputs.distance",
            "`if` takes true or false, but this is a whole number"
        ),
        (
            "- { id: t, uses: tag }\n- uses: log\n  if: steps.t.outputs.version < 'v2'",
            "`<` compares numbers, not text with text"
        ),
        (
            "- { id: t, uses: tag }\n- uses: log\n  if: '!steps.t.outputs.version'",
            "`!` takes true or false, but this is text"
        ),
        (
            "- { id: t, uses: tag }\n- uses: log\n  if: success() && steps.t.outputs.version",
            "`&&` takes true or false, but this is text"
        ),
        (
            "- { id: t, uses: tag }\n- { uses: sync, with: { store: \"a://b\", assets: a, concurrency: \"${{ steps.t.outputs.version }}\" } }",
            "expected a whole number, but `${{ steps.t.outputs.version }}` is text"
        ),
        ("- uses: log\n  if: format('{1}', 1) == 'a'", "`format` has {1} in its text, but only 1 value after it"),
        ("- uses: log\n  if: startsWith(1, 'a')", "`startsWith` takes text, but this is a whole number"),
        ("- uses: log\n  if: null || 1 || 'a'", "`||` chooses between a whole number and text"),
        ("- uses: log\n  env: { 1A: x }", "`1A` is not a valid name for an environment variable"),
        ("- uses: log\n  env: { A: [x] }", "the variable `A` must be text, not a list"),
        ("- uses: log\n  rollback: { steps: [{ uses: log, rollback: true }] }", "a rollback is not rolled back itself"),
        ("- uses: log\n  timeout: 0s", "a timeout must be longer than 0s"),
        ("- uses: log\n  timeout: \"${{ run.id }}\"", "`run` cannot be used here"),
        ("- uses: log\n  retry: { attempts: \"${{ run.id }}\" }", "`run` cannot be used here"),
        ("- uses: log\n  retry: { backoff: \"${{ run.id }}\" }", "`run` cannot be used here"),
        ("- git-tag", "a step must be a mapping, not text"),
        ("- tag: { match: v1 }", "`tag` is a kind, and belongs after `uses`"),
        (
            "- { id: t, uses: tag, with: { match: \"${{ steps.t.outputs.version }}\" } }",
            "the step `t` cannot use its own outputs"
        ),
        ("- { uses: gzip, with: { level: 12, source: a } }", "`level` must be from 1 to 9, not 12"),
        ("- uses: gzip", "give either `assets` or `source`"),
        ("- { uses: sync, with: { store: here, version: v, assets: a } }", "a store must be a URL"),
        (
            "- { id: e, uses: exec, with: { run: x, outputs: [one] } }\n- { uses: log, with: { message: \"${{ steps.e.outputs.two }}\" } }",
            "the step `e` has no output `two`"
        ),
    ])
    func isFound(_ steps: String, _ message: String) {
        #expect(FileRead.steps(steps).problems.map(\.message) == [message])
    }

    @Test(arguments: [
        ("with: { mesage: a }\n", "no step of this file has an option `mesage`"),
        ("vars: { a: \"${{ secrets.k }}\" }\nsecrets: { k: { env: K } }\n", "`secrets` cannot be used here"),
        ("vars: { a: \"${{ vars.b }}\", b: x }\n", "the variable `b` is not defined above this place"),
        (
            "vars: { a: \"${{ run.id }}\" }\ntimeout: \"${{ vars.a }}\"\n",
            "this depends on a value that is not known before the run begins"
        ),
        ("secrets: { k: hunter2 }\n", "the value of the secret `k` is in the file itself"),
        ("secrets: { k: { env: K, file: f } }\n", "a secret needs one of `env` or `file`"),
        ("secrets: { k: {} }\n", "a secret needs one of `env` or `file`"),
        ("inputs: { n: { type: integer, default: x } }\n", "`default` must be a whole number, not `x`"),
        (
            "inputs: { n: { default: \"${{ env.A }}\" } }\n",
            "the declaration of an input cannot contain an expression"
        ),
        ("concurrency: 3\n", "`concurrency` takes `none` or a mapping, not text"),
        ("journal: store\n", "expected one of `local`, found `store`"),
        ("on-failure: rolback\n", "expected one of `rollback`, `stop`, found `rolback`"),
        ("defaults: { retry: { attempts: 0 } }\n", "`attempts` must be from 1 to 1000, not 0"),
        ("finally:\n  - { uses: log, rollback: true }\n", "steps of `finally` are not rolled back"),
        ("finally: []\n", "`finally` has no step"),
    ])
    func isFoundAtTheTop(_ top: String, _ message: String) {
        #expect(FileRead.steps("- uses: log", top).problems.map(\.message) == [message])
    }

    @Test(arguments: [
        ("", false), ("if: inputs.on", true), ("if: inputs.on && env.A == 'x'", true), ("if: env.A == 'x'", false),
        ("if: steps.t.outcome == 'success'", true), ("if: steps.t.outcome != 'skipped'", true),
        ("if: steps.t.outputs.dirty", true), ("if: always() && inputs.on", true), ("if: inputs.on || inputs.on", false),
    ])
    func aSkippedStepsOutputsAreNeededUnderTheSameCondition(_ condition: String, _ isGood: Bool) {
        let top = "inputs: { on: { type: boolean, default: true } }\n"
        let tag = "- id: t\n  uses: tag\n  if: inputs.on\n"
        let store = "- uses: sync\n  \(condition)\n  with: { store: \"a://b\", assets: a"
        for version in [" }", ", version: \"${{ steps.t.outputs.version }}\" }"] {
            let problems = FileRead.steps(tag + store + version, top).problems.filter { $0.severity == .error }
            #expect(problems.isEmpty == isGood)
            #expect(problems.allSatisfy { $0.message.hasSuffix("comes from the step `t`, which its `if` can skip") })
        }
        #expect(
            FileRead.steps(tag + store + ", version: \"${{ steps.t.outputs.version || 'v0' }}\" }", top).problems
                .allSatisfy { $0.severity == .warning })
    }

    /// After a failure nothing but `finally` begins.
    @Test(arguments: [
        ("always()", true), ("failure()", true), ("inputs.on && cancelled()", true), ("success()", false),
        ("!failure()", false), ("inputs.on || failure()", false),
    ])
    func aStepThatWaitsForAFailureIsToldOf(_ condition: String, _ isTold: Bool) {
        let top = "inputs: { on: { type: boolean, default: true } }\n"
        let step = "- uses: log\n  if: \(condition.first == "!" ? "\"\(condition)\"" : condition)\n"
        let told = FileRead.steps(step, top).problems
        #expect(told.map(\.severity) == (isTold ? [.warning] : []))
        #expect(told.allSatisfy { $0.message.contains("never runs this step after a failure") })
        let last = "finally:\n  " + step.replacing("\n  ", with: "\n    ")
        #expect(FileRead.steps("- uses: log", top + last).problems.isEmpty)
    }

    @Test func theJournalOfARunMayStayOnItsMachineOrHaveABucketOfItsOwn() {
        let step = "- { uses: sync, with: { store: \"bucket://b\", assets: a, version: v1 } }"
        func problems(_ top: String) -> [String] { FileRead.steps(step, top).problems.map(\.message) }
        #expect(problems("journal: local\n") == [])
        #expect(problems("state: s3://private/runs\n") == [])
        for wrong in ["s3://", "s3:///a", "/srv/state", "private"] {
            #expect(
                problems("state: \(wrong)\n") == ["`\(wrong)` is not a bucket's prefix such as `s3://bucket/prefix`"])
        }
    }

    @Test func finallyMayUseWhatWasSkipped() {
        let read = FileRead.steps(
            "- { id: t, uses: tag, if: env.A == 'x' }",
            "finally: [{ uses: log, with: { message: \"${{ steps.t.outputs.version }}\" } }]\n")
        #expect(read.report == "")
    }

    @Test func aSwitchThatNoInvalidateFollowsIsWarnedOf() {
        let step = "- { uses: switch-origin, with: { store: a, version: v, distribution: E1 } }"
        let read = FileRead.steps("- uses: invalidate\n" + step)
        #expect(read.problems.map(\.severity) == [.warning])
        #expect(read.pipeline != nil)
        #expect(read.report.hasSuffix("1 warning in deploy.yml\n"))
        #expect(FileRead.steps(step + "\n- uses: invalidate").problems.isEmpty)
        let folder = "- { uses: switch-origin, with: { store: a, version: v } }"
        #expect(FileRead.steps(folder).problems.isEmpty)
        #expect(FileRead.steps(folder, "with: { distribution: E1 }\n").problems.map(\.severity) == [.warning])
    }

    @Test(
        arguments: [
            (["level": "12"], [:], ["invalid-input"]), ([:], ["LEVEL": "12"], ["invalid-input"]),
            ([:], [:], ["pipeline-file"]), (["level": "9"], ["LEVEL": "12"], []),
        ] as [([String: String], [String: String], [String])])
    func aGivenValueThatAnOptionRefusesIsNoFaultOfTheFile(
        _ inputs: [String: String], _ environment: [String: String], _ codes: [String]
    ) {
        for level in ["${{ inputs.level }}", "${{ vars.level }}"] {
            let text = """
                version: 1
                name: a
                inputs: { level: { type: integer, env: LEVEL, default: 11 } }
                vars: { level: "${{ inputs.level }}" }
                steps: [{ uses: gzip, with: { source: a, level: "\(level)" } }]
                """
            let read = FileRead(text, inputs: inputs, environment: environment)
            #expect(read.problems.map(\.code.rawValue) == codes)
        }
    }

    @Test func whatCannotBeReadGivesNoSecondProblem() {
        let read = FileRead.steps(
            "- { id: t, uses: tga }\n- { uses: sync, with: { store: \"a://b\" } }\n- { uses: log, with: { message: \"${{ steps.t.outputs.version }}\" } }",
            "with: { match: x }\n")
        #expect(read.problems.map(\.message) == ["there is no step kind `tga`"])
    }
}
