@testable import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// A kind needs no Swift type: here its options and outputs are data, and closures do its work.
@Suite struct KindDescriptorTests {
    private let calls = Recorder()

    /// Sends a parcel; its rollback fetches it back.
    private var ship: KindDescriptor {
        KindDescriptor(
            StepKind("ship", "sends a parcel", timeout: .seconds(7), namesOutputs: true), effect: .reversible,
            options: [
                OptionField("to", Option<String>("the address", check: .notEmpty)),
                OptionField("weight", Option<Int>(wrappedValue: 2, "in kilograms", check: .atLeast(1))),
                OptionField("receipt", Option<String>("the receipt of an earlier parcel", wired: true)),
                OptionField("note", Option<String?>("what is written on it")),
            ],
            outputs: [OutputField(name: "receipt", type: .text, help: "proves that it was sent")]
        ) { [calls] options in
            let shown = Value.object(options).json
            return BoundOptions(
                namedOutputs: options["note"] == .null
                    ? [] : [OutputField(name: "reply", type: .text, help: "to the note")],
                resources: { _ in options["to"].map { [Resource(url: "fake://\($0.asText)")] } ?? [] },
                preflight: { _ in calls.note("preflight \(shown)") },
                open: {
                    guard options["to"] != "nowhere" else { throw StepError("no-address", "nobody lives there") }
                    return BoundStep(
                        prepare: { _ in
                            calls.note("prepare \(shown)")
                            return .change(
                                before: try StateBefore(["shelf": 7] as Value), [Change(.add, "a parcel")],
                                plannedOutputs: ["receipt": "r-1"])
                        },
                        run: { before, _ in
                            calls.note("run \(try before.decoded(as: Value.self).json)")
                            return CompletedStep(outputs: ["receipt": "r-1"], summary: "sent a parcel with hunter2")
                        },
                        rollback: { before, _ in calls.note("rollback \(try before.decoded(as: Value.self).json)") })
                })
        }
    }

    private func read(_ steps: String) -> (pipeline: Pipeline?, problems: [String]) {
        let read = PipelineReader(registry: StepRegistry([ship])).read(
            bytes: Array("version: 1\nname: parcels\nsteps:\n\(steps)".utf8), path: "parcels.yml")
        return (read.pipeline, read.problems.map { "\($0.message)" + ($0.help.map { "; \($0)" } ?? "") })
    }

    private static let two = """
          - { id: first, uses: ship, with: { to: a, receipt: none } }
          - { id: second, uses: ship, with: { to: "${{ steps.first.outputs.receipt }}" } }

        """

    @Test func itsOptionsAreChecked() {
        #expect(
            read("  - { uses: ship, with: { too: b, weight: 0, receipt: r } }\n").problems == [
                "unknown option `too`; did you mean `to`?", "`weight` must be at least 1, not 0",
            ])
        #expect(
            read("  - { uses: ship, with: { to: [a], weight: x, receipt: r } }\n").problems == [
                "expected text, found a list", "expected a whole number, found `x`",
            ])
        #expect(read("  - { uses: ship, with: { to: nowhere, receipt: r } }\n").problems == ["nobody lives there"])
        #expect(read(Self.two).problems.isEmpty)
    }

    @Test func itsOutputsAreKnownToLaterSteps() {
        let misspelt = Self.two.replacing("outputs.receipt", with: "outputs.reciept")
        #expect(read(misspelt).problems.first?.contains("did you mean `receipt`?") == true)
        let reply = Self.two.replacing("outputs.receipt", with: "outputs.reply")
        #expect(!read(reply).problems.isEmpty)
        #expect(read(reply.replacing("receipt: none", with: "receipt: none, note: hello")).problems.isEmpty)
    }

    @Test func itIsInTheSchema() {
        let schema = PipelineSchema.json(StepRegistry([ship]))
        #expect(schema.contains(#""const":"ship""#) && schema.contains(#""minimum":1"#))
        #expect(ship.options.map(\.name) == ["to", "weight", "receipt", "note"] && ship.timeout == .seconds(7))
        #expect(ship.options[1].defaultValue == 2 && ship.options[2].isWired && ship.options[3].defaultValue == nil)
    }

    @Test func itIsPlanned() async throws {
        let run = TestRun(try #require(read(Self.two).pipeline).steps)
        let plan = try await run.plan()
        #expect(plan.steps.map(\.kind) == ["ship", "ship"])
        for step in plan.steps {
            guard case .changes(let changes) = step.verdict else {
                Issue.record("\(step.verdict)")
                continue
            }
            #expect(changes.first == [Change(.add, "a parcel")])
        }
        // The second step was planned with what the first one said of its outputs.
        #expect(
            calls.lines == [
                #"prepare {"note":null,"receipt":"none","to":"a","weight":2}"#,
                #"prepare {"note":null,"receipt":"r-1","to":"r-1","weight":2}"#,
            ])
    }

    @Test func itRunsAndIsRolledBack() async throws {
        let steps = try #require(read(Self.two).pipeline).steps
        var run = TestRun(steps + [.scripted("last", run: ["fail"])])
        run.secrets = ["password": "hunter2"]
        let trace = await run()
        #expect(
            calls.lines == [
                #"preflight {"note":null,"receipt":"none","to":"a","weight":2}"#,
                // The address and the receipt are not known before the run.
                #"preflight {"note":null,"weight":2}"#,
                #"prepare {"note":null,"receipt":"none","to":"a","weight":2}"#, #"run {"shelf":7}"#,
                #"prepare {"note":null,"receipt":"r-1","to":"r-1","weight":2}"#, #"run {"shelf":7}"#,
                #"rollback {"shelf":7}"#, #"rollback {"shelf":7}"#,
            ])
        #expect(trace.lines.filter { $0.hasPrefix("lease") }.count > 0)
        #expect(trace.result.exitCode == .failed && trace.result.left.isEmpty)
        let reports = trace.result.steps.prefix(2)
        #expect(reports.map(\.outputs) == [["receipt": "r-1"], ["receipt": "r-1"]])
        #expect(reports.map(\.rolledBack) == [true, true])
        // A process that continues the run reads the sentence from the journal, where the secret is masked.
        #expect(reports.map(\.summary) == ["sent a parcel with ***", "sent a parcel with ***"])
        #expect(!String(decoding: trace.journal, as: UTF8.self).contains("hunter2"))
        let later = await run(history: trace.moments.map(\.record))
        #expect(later.result.steps.prefix(2).map(\.summary) == reports.map(\.summary))
    }

    /// Whether a kind looks before it runs is known from its type alone.
    @Test func onlyAStepLooks() throws {
        let mark = SourceMark(line: 1, column: 1)
        func opened(_ kind: KindDescriptor, _ options: Value) throws -> BoundStep {
            try BoundStep(kind, options: Node(options, at: mark), stepID: "a", project: Project(folder: "/nowhere"))
        }
        #expect(try opened(KindDescriptor(FileKinds.Tag.self), [:]).prepare == nil)
        #expect(try opened(KindDescriptor(ScriptedStep.self), [:]).prepare != nil)
    }

    /// Nothing would restore what such a step changes.
    @Test func withoutARollbackItIsNotReversible() async {
        await #expect(processExitsWith: .failure) { _ = KindDescriptor(Unrestored.self) }
        await #expect(processExitsWith: .success) { _ = KindDescriptor(FileKinds.Tag.self) }
    }

    private struct Unrestored: RunOnlyStep {
        struct Options: StepOptions {}
        static let kind = StepKind("unrestored", "changes something")
        init(_ options: Options) throws {}
        static var effect: Effect { .reversible }
        func run(in context: StepContext) async throws -> NoOutputs { NoOutputs() }
    }
}

/// Before a run, an option that depends on it is nil, and so is one with such a value in it.
@Suite struct KnownOptionsTests {
    private struct Group: StepOptions {
        @Option("a name") var name: String
        @Option("a size") var size = 1
    }

    private struct Options: StepOptions {
        @Option("a store") var store: String
        @Option("a link") var link: String?
        @Option("a group") var group: Group
        @Option("groups") var groups: [Group] = []
    }

    private func known(_ fields: [(String, Node.Content)]) throws -> KnownOptions<Options> {
        let mark = SourceMark(line: 1, column: 1)
        let problems = ProblemList()
        let node = Node(
            .mapping(fields.map { Node.Field(key: $0.0, keyMark: mark, value: Node($0.1, at: mark)) }), at: mark)
        let options = try #require(Options.read(node, problems))
        #expect(problems.problems.isEmpty)
        return KnownOptions(options)
    }

    private static let later = Node.Content.deferred(expression: "${{ steps.a.outputs.b }}", type: .text)

    private func group(_ name: Node.Content) -> Node.Content {
        let mark = SourceMark(line: 1, column: 1)
        return .mapping([Node.Field(key: "name", keyMark: mark, value: Node(name, at: mark))])
    }

    @Test func whatIsKnownIsThere() throws {
        let text = Node.Content.scalar("x", plain: true)
        let options = try known([("store", text), ("group", group(text))])
        #expect(options.$store == "x" && options.$group?.name == "x" && options.$groups?.count == 0)
        #expect(options.$link == .some(nil))
    }

    @Test func whatIsNotKnownIsNil() throws {
        let text = Node.Content.scalar("x", plain: true)
        let mark = SourceMark(line: 1, column: 1)
        let options = try known([
            ("store", Self.later), ("link", Self.later), ("group", group(Self.later)),
            ("groups", .sequence([Node(group(text), at: mark), Node(group(Self.later), at: mark)])),
        ])
        #expect(options.$store == nil && options.$link == nil)
        #expect(options.$group == nil && options.$groups == nil)
    }
}
