import PipelineKit
import Testing

/// One slip of the pen causes one error, and hides no other.
@Suite struct OneSlipTests {
    private static let sync = "- { uses: sync, with: { store: \"a://b\", version: v, assets: a } }"

    /// A misspelt name, and the name that the one error suggests.
    @Test(arguments: [
        // Options, of a step and inside one.
        ("- { uses: hash, with: { soruce: public } }", "source"),
        ("- { uses: sync, with: { store: \"a://b\", verison: v, assets: a } }", "version"),
        ("- { uses: gzip, with: { sorce: a } }", "source"),
        ("- { uses: sync, with: { store: \"a://b\", version: v, assets: a, headers: [{ mtach: x }] } }", "match"),
        // Keys of a step, of its policies and of its rollback.
        ("- { uses: hash, wiht: { source: public } }", "with"),
        ("- { use: hash, with: { source: public } }", "uses"),
        ("- { uses: log, timout: soon }\n- { uses: log, timeout: 1s }", "timeout"),
        ("- { uses: log, retry: { atempts: 3 } }", "attempts"),
        ("- { uses: log, retry: { backoff: { intial: 1s } } }", "initial"),
        ("- { uses: exec, with: { run: x }, rollback: { step: [{ uses: log }] } }", "steps"),
        // References.
        ("- { id: tga, uses: tag }\n- { uses: hash, with: { source: \"${{ steps.tag.outputs.version }}\" } }", "tga"),
        ("- { id: t, uses: tag }\n- { uses: hash, with: { source: \"${{ steps.t.outputs.verison }}\" } }", "version"),
        (
            "- { id: e, uses: exec, with: { run: x, ouputs: [a] } }\n- { uses: log, if: steps.e.outputs.a == 'b' }",
            "outputs"
        ),
        // A kind, and what could follow from it.
        ("- { id: t, uses: tga }\n- { uses: log, with: { message: \"${{ steps.t.outputs.any }}\" } }", "tag"),
        ("- { uses: tga }\n- { uses: log, with: { message: \"${{ steps.tag-1.outputs.version }}\" } }", "tag"),
        (
            "- { uses: switch-origin, with: { store: a, version: v, distribution: E1 } }\n- uses: invaldate",
            "invalidate"
        ),
    ])
    func causesOneError(_ steps: String, _ meant: String) {
        let problems = FileRead.steps(steps).problems
        if steps.contains("soon") {
            // What the misspelt key gives is checked as well.
            #expect(problems.map(\.message).last?.hasPrefix("expected a duration") == true && problems.count == 2)
        } else {
            #expect(problems.count == 1, "\(problems.map(\.message))")
        }
        #expect(problems.first?.help?.contains("did you mean `\(meant)`?") == true, "\(problems)")
    }

    @Test(arguments: [
        ("versoin: 1\nname: a\nsteps: [{ uses: log }]\n", "version"),
        ("version: 1\nnmae: a\nsteps: [{ uses: log }]\n", "name"),
        ("version: 1\nname: a\nstpes: [{ uses: log }]\n", "steps"),
        ("version: 1\nname: a\nstep: [{ id: t, uses: tag }, { uses: log, if: steps.t.outputs.dirty }]\n", "steps"),
        (
            "version: 1\nname: a\ninputs: { i: { defualt: x } }\nsteps: [{ uses: log, if: inputs.i == 'x' }]\n",
            "default"
        ),
        ("version: 1\nname: a\nsecrets: { s: { evn: X } }\nsteps: [{ uses: log }]\n", "env"),
        ("version: 1\nname: a\nconcurrency: { wiat: 1m }\nsteps: [{ uses: log }]\n", "wait"),
        ("version: 1\nname: a\ndefaults: { tiemout: 1m }\nsteps: [{ uses: log }]\n", "timeout"),
        ("version: 1\nname: a\nwith: { sourec: x }\nsteps: [{ uses: hash }]\n", "source"),
    ])
    func causesOneErrorAtTheTop(_ text: String, _ meant: String) {
        let problems = FileRead(text).problems
        #expect(problems.map(\.help) == ["did you mean `\(meant)`?"], "\(problems.map(\.message))")
    }

    /// A key that is given already is not what another one means.
    @Test func aSecondKeyIsNotTheFirst() {
        let read = FileRead.steps("- { uses: hash, with: { source: a, sourec: [1] } }")
        #expect(read.problems.map(\.message) == ["unknown option `sourec`"])
    }

    @Test func everythingElseOfAStepIsToldBesideItsKind() {
        let read = FileRead.steps(
            """
            - id: 1a
              uses: tga
              retry: 3
              timeout: soon
              if: sucess()
              env: { A: "${{ inputs.x }}" }
              with: { any: "${{ steps.no.outputs.x }}" }
              rollback: { steps: [{ uses: hash }] }
            - uses: hash
            """)
        #expect(
            read.problems.map(\.message) == [
                "`1a` is not a valid id for a step", "there is no step kind `tga`", "`retry` takes a mapping, not `3`",
                "expected a duration such as `90s`, `5m` or `1h30m`, found `soon`", "there is no function `sucess`",
                "there is no input `x`", "there is no step `no`", "`source` is missing: the site's folder",
                "`source` is missing: the site's folder",
            ])
    }

    /// A value that is not known yet is told, whatever else is wrong.
    @Test func aPolicyThatDependsOnTheRunIsToldBesideOtherErrors() {
        let top = "vars: { a: \"${{ run.id }}\" }\ntimeout: \"${{ vars.a }}\"\non-failure: rolback\n"
        #expect(
            FileRead.steps("- uses: log", top).problems.map(\.message) == [
                "this depends on a value that is not known before the run begins",
                "expected one of `rollback`, `stop`, found `rolback`",
            ])
        let broken = "inputs: { i: {} }\nvars: { a: \"${{ inputs.i }}\" }\ntimeout: \"${{ vars.a }}\"\n"
        #expect(FileRead.steps("- uses: log", broken).problems.map(\.message) == ["the input `i` has no value"])
    }

    @Test func optionsThatAreNotUnderWithAreToldOnce() {
        let read = FileRead.steps("- uses: hash\n  with:\n  source: public\n  fingerprint: [x]")
        #expect(read.problems.map(\.message) == ["`source` is an option of `hash`, and is not under `with`"])
    }

    /// What is written, and what help says to write.
    @Test(arguments: [
        ("- uses sync", "write `- uses: sync`"), ("- uses:sync", "write `- uses: sync`"),
        ("- sync", "write `- uses: sync`"), ("- snyc", "write `- uses: sync`"),
        ("- deploy", "start each step with `- uses: <kind>`"),
        ("-uses: log", "put a blank after the dash: `- uses: …`"),
        ("- uses: hash\n  with source: public", "write `with:`, and what belongs to it under it"),
        ("- uses sync\n  with: { store: x }", "a colon and a blank are missing in line 4: write `uses: sync`"),
        ("- uses:hash\n  with: { source: x }", "a colon and a blank are missing in line 4: write `uses: hash`"),
        ("- uses: hash\n  with\n    source: x", "a colon and a blank are missing in line 5: write `with:`"),
        ("- uses: log\n\twith: { message: x }", "indent with spaces"),
    ])
    func aForgottenColonIsNamed(_ steps: String, _ help: String) {
        let problems = FileRead.steps(steps).problems
        #expect(problems.map(\.help) == [help], "\(problems.map(\.message))")
    }

    @Test(arguments: [
        (
            "version 1\nname: a\nsteps: [{ uses: log }]\n",
            "a colon and a blank are missing in line 1: write `version: 1`"
        ),
        (
            "version:1\nname: a\nsteps: [{ uses: log }]\n",
            "a colon and a blank are missing in line 1: write `version: 1`"
        ),
        ("version: 1\nname: a\nsteps\n  - uses: log\n", "a colon and a blank are missing in line 3: write `steps:`"),
        ("version 1\n", "write `version: 1`"),
    ])
    func aForgottenColonIsNamedAtTheTop(_ text: String, _ help: String) {
        #expect(FileRead(text).problems.map(\.help) == [help])
    }
}
