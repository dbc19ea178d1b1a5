import PipelineKit
import SystemPackage
import Testing

@Suite struct PipelineReaderTests {
    private static let deploy = """
        version: 1
        name: deploy
        inputs:
          keep: { type: integer, default: 2 }
          bucket: { env: BUCKET }
        vars:
          store: "s3://${{ inputs.bucket }}/site"
          mark: "${{ run.id }} of ${{ vars.store }}"
          keep: "${{ inputs.keep }}"
        secrets:
          hook: { env: HOOK }
          key: { file: .key }
        with: { store: "${{ vars.store }}" }
        timeout: 90m
        concurrency: { wait: 20m }
        journal: local
        defaults:
          timeout: 5m
          retry: { attempts: 4, backoff: { initial: 2s, jitter: none }, when: [network, conflict] }
        on-failure: stop
        x-free: [anything]
        steps:
          - id: tag
            uses: tag
            with: { match: "v*", require-clean: true }
          - { uses: hash, with: { source: public } }
          - uses: gzip
          - id: upload
            uses: sync
            with: { concurrency: "${{ vars.keep }}" }
            retry: { attempts: 8, backoff: { max: 1m } }
          - id: switch
            uses: switch-origin
            timeout: 20m
            rollback: { timeout: 2m }
          - uses: invalidate
            if: steps.switch.outputs.changed
            rollback: false
          - uses: exec
            with: { run: ./warm.sh }
            env: { STORE: "${{ vars.store }}", HOOK: "${{ secrets.hook }}", VERSION: "${{ steps.tag.outputs.version }}" }
            continue-on-error: true
            rollback: { steps: [{ uses: exec, with: { run: ./cool.sh }, env: { V: "${{ steps.tag.outputs.version }}" } }] }
        finally:
          - uses: log
          - uses: exec
            if: failure()
            with: { run: ./notify.sh }
        """

    @Test func aWholeFile() throws {
        let read = FileRead(Self.deploy, inputs: ["keep": "5"], environment: ["BUCKET": "b"])
        #expect(read.report == "")
        let pipeline = try #require(read.pipeline)
        #expect(pipeline.name == "deploy")
        #expect(pipeline.path == "deploy.yml")
        #expect(pipeline.digest.count == 64)
        #expect(pipeline.inputValues == ["keep": 5, "bucket": "b"])
        #expect(pipeline.secrets.map(\.source) == [.environment("HOOK"), .file(".key")])
        #expect(pipeline.timeout == .seconds(5_400))
        #expect(pipeline.concurrency == .lease(wait: .seconds(1_200)))
        #expect(pipeline.keepsJournalLocal)
        #expect(pipeline.onFailure == .stop)
        #expect(
            pipeline.steps.map(\.id) == ["tag", "hash-1", "gzip-1", "upload", "switch", "invalidate-1", "exec-1"])
        #expect(pipeline.finally.map(\.id) == ["log-1", "exec-2"])
        let scope = try pipeline.scope(runID: "r", secrets: [:], environment: ["BUCKET": "b"])
        #expect(scope.vars == ["store": "s3://b/site", "mark": "r of s3://b/site", "keep": 5])
    }

    @Test func policies() throws {
        let pipeline = try #require(FileRead(Self.deploy, environment: ["BUCKET": "b"]).pipeline)
        let steps = Dictionary(uniqueKeysWithValues: pipeline.steps.map { ($0.id, $0) })
        // The step, the kind, the file's defaults.
        #expect(steps["switch"]?.timeout == .seconds(1_200))
        #expect(steps["upload"]?.timeout == .seconds(1_800))
        #expect(steps["tag"]?.timeout == .seconds(300))
        let base = RetryPolicy(
            attempts: 4, initial: .seconds(2), factor: 2, max: .seconds(30), jitter: .none, when: [.network, .conflict])
        #expect(steps["tag"]?.retry == base)
        var own = base
        (own.attempts, own.max) = (8, .seconds(60))
        #expect(steps["upload"]?.retry == own)
        #expect(steps["exec-1"]?.continueOnError == true)
        #expect(steps["tag"]?.continueOnError == false)
        let rollbacks = pipeline.steps.map { step in
            switch step.rollback {
            case .own(let timeout): "own \(timeout.text)"
            case .off: "off"
            case .steps(let steps, let timeout): "\(steps.map(\.id)) \(timeout.text)"
            }
        }
        #expect(
            rollbacks == ["own 10m", "own 10m", "own 10m", "own 10m", "own 2m", "off", "[\"exec-3\"] 10m"])
    }

    @Test func withoutPoliciesTheDefaultsHold() throws {
        let pipeline = try #require(
            FileRead.steps("- uses: tag\n- uses: switch-origin\n  with: { store: a }\n- uses: invalidate").pipeline)
        #expect(pipeline.timeout == nil)
        #expect(pipeline.concurrency == .lease(wait: .seconds(600)))
        #expect(!pipeline.keepsJournalLocal)
        #expect(pipeline.onFailure == .rollback)
        #expect(pipeline.steps[0].timeout == .seconds(600))
        #expect(pipeline.steps[0].retry == RetryPolicy())
        #expect(pipeline.steps[0].condition == .success)
        guard case .own(let timeout) = pipeline.steps[1].rollback else {
            return #expect(Bool(false), "no own rollback")
        }
        #expect(timeout == .seconds(3_600))
        #expect(FileRead.steps("- uses: log", "concurrency: none\n").pipeline?.concurrency == Concurrency.none)
    }

    @Test func optionsComeFromTheStepThenSharedThenWired() throws {
        let pipeline = try #require(FileRead(Self.deploy, environment: ["BUCKET": "b"]).pipeline)
        let upload = try #require(pipeline.steps.first { $0.id == "upload" })
        #expect(upload.options["concurrency"]?.content == .scalar("2", plain: true))
        #expect(upload.options["store"]?.content == .scalar("s3://b/site", plain: false))
        #expect(
            upload.options["assets"]?.content
                == .deferred(expression: "${{ steps.gzip-1.outputs.assets }}", type: .text))
        #expect(
            upload.options["version"]?.content == .deferred(expression: "${{ steps.tag.outputs.version }}", type: .text)
        )
        var scope = try pipeline.scope(runID: "r", secrets: ["hook": "h"], environment: [:])
        scope.steps["tag"] = .init(outcome: .success, outputs: ["version": "v1"])
        scope.steps["gzip-1"] = .init(outcome: .success, outputs: ["assets": "list"])
        let problems = ProblemList()
        let options = FileKinds.Sync.Options.read(try upload.expandedOptions(in: scope), problems)
        #expect(problems.problems.isEmpty)
        #expect(options?.store == "s3://b/site")
        #expect(options?.version == "v1")
        #expect(options?.concurrency == 2)
        let exec = try #require(pipeline.steps.last)
        #expect(try exec.expandedEnvironment(in: scope) == ["STORE": "s3://b/site", "HOOK": "h", "VERSION": "v1"])
    }

    @Test func ownOptionsWinOverShared() throws {
        let read = FileRead.steps("- uses: log\n- uses: log\n  with: { message: own }", "with: { message: shared }\n")
        let messages = try #require(read.pipeline).steps.map { $0.options["message"]?.content }
        #expect(messages == [.scalar("shared", plain: true), .scalar("own", plain: true)])
    }

    @Test func nothingIsWiredWhereItsSubstituteIsGiven() throws {
        let read = FileRead.steps(
            "- { uses: hash, with: { source: a } }\n- { uses: gzip, with: { source: b } }\n- uses: gzip")
        #expect(read.report == "")
        let steps = try #require(read.pipeline).steps
        #expect(steps[1].options["assets"] == nil)
        #expect(
            steps[2].options["assets"]?.content
                == .deferred(expression: "${{ steps.gzip-1.outputs.assets }}", type: .text))
    }

    @Test(arguments: [
        "version: 1\r\nname: deploy\r\nsteps:\r\n  - uses: log\r\n    with:\r\n      message: |\r\n        a\r\n        b\r\n",
        "\u{FEFF}version: 1\nname: deploy\nsteps:\n  - uses: log\n    with:\n      message: |\n        a\n        b\n",
        "--- # one document\nversion: 1\nname: deploy\nsteps: [{uses: log, with: {message: \"a\\nb\\n\"}}]\n...\n",
    ])
    func lineEndsAndByteOrderMarks(_ text: String) throws {
        let read = FileRead(text)
        #expect(read.report == "")
        guard case .scalar("a\nb\n", plain: false) = read.pipeline?.steps[0].options["message"]?.content else {
            return #expect(Bool(false), "\(String(describing: read.pipeline?.steps))")
        }
    }

    @Test func mergesAndAliases() throws {
        let read = FileRead(
            """
            version: 1
            name: deploy
            x-a: &a { message: a, fields: { one: "1" } }
            x-b: &b { message: b, version: v1 }
            steps:
              - { uses: log, with: { <<: *a, message: own } }
              - { uses: log, with: { <<: [*b, *a] } }
              - { uses: log, with: *b }
              - { uses: log, with: { "<<": x } }
            """)
        #expect(read.report.contains("deploy.yml:9:26: error: unknown option `<<`"))
        #expect(read.problems.count == 1)
        let good = FileRead.steps(
            "- { uses: log, with: { <<: *a, message: own } }\n- { uses: log, with: { <<: [*b, *a] } }\n- { uses: log, with: *b }",
            "x-a: &a { message: a, fields: { one: '1' } }\nx-b: &b { message: b, version: v1 }\n")
        let steps = try #require(good.pipeline).steps
        #expect(steps.map { $0.options["message"]?.content } == ["own", "b", "b"].map { .scalar($0, plain: true) })
        #expect(steps.map { $0.options["fields"] != nil } == [true, true, false])
        #expect(steps.map { $0.options["version"] != nil } == [false, true, true])
    }

    @Test func valuesAreReadByTheTypeThatIsExpected() throws {
        let read = FileRead.steps(
            "- { uses: log, with: { message: 1.10, version: 0123, fields: { a: yes, b: 1:30, c: ~ } } }")
        #expect(read.report == "")
        let options = FileKinds.Log.Options.read(try #require(read.pipeline).steps[0].options, ProblemList())
        #expect(options?.message == "1.10")
        #expect(options?.version == "0123")
        #expect(options?.fields == ["a": "yes", "b": "1:30", "c": "~"])
    }

    @Test(
        arguments: [
            ([:], "", "missing-input"), (["n": "x"], "", "invalid-input"), (["n": "1", "m": "2"], "", "unknown-input"),
            (["n": "3"], "", "invalid-input"), ([:], "x", "invalid-input"),
        ] as [([String: String], String, String)])
    func inputsThatTheCommandLineCanMend(_ given: [String: String], _ variable: String, _ code: String) {
        let text =
            "version: 1\nname: a\ninputs: { n: { type: integer, enum: [1, 2], env: N } }\nsteps: [{ uses: log }]\n"
        let read = FileRead(text, inputs: given, environment: ["N": variable])
        #expect(read.problems.map(\.code.rawValue) == [code])
        #expect(read.pipeline == nil)
    }

    @Test func inputsComeFromTheCommandLineThenTheEnvironmentThenTheDefault() {
        let text =
            "version: 1\nname: a\ninputs: { n: { type: boolean, default: false, env: N } }\nsteps: [{ uses: log }]\n"
        #expect(FileRead(text, inputs: ["n": "true"], environment: ["N": "false"]).pipeline?.inputValues == ["n": true])
        #expect(FileRead(text, environment: ["N": "true"]).pipeline?.inputValues == ["n": true])
        #expect(FileRead(text, environment: ["N": ""]).pipeline?.inputValues == ["n": false])
        #expect(FileRead(text).pipeline?.inputValues == ["n": false])
    }

    @Test func knownValuesAreCheckedBeforeAnythingRuns() {
        let top = "inputs: { n: { type: integer, default: 0 } }\nvars: { v: \"${{ inputs.n }}\" }\n"
        for value in ["inputs.n", "vars.v"] {
            let read = FileRead.steps(
                "- { uses: sync, with: { store: \"a://b\", version: v, assets: a, concurrency: \"${{ \(value) }}\" } }",
                top)
            #expect(read.problems.map(\.message) == ["`concurrency` must be at least 1, not 0"])
        }
    }
}
