import FoundationEssentials
@testable import PipelineKit
import Releases
@testable import RunnerCLI
import SystemPackage
import TestSupport
import Testing

/// docs/json.md shows what the code writes: each type once, with the same fields.
@Suite struct JSONDocumentationTests {
    @Test func eventsAreDocumented() throws {
        let written = try DocumentedEvents.all.map { event in
            let timed = TimedEvent(date: Date(timeIntervalSince1970: 0), event: event)
            return try Shape(JSONDocument(timed, run: "run-1", exit: { $0.exitCode }).line)
        }
        let shown = try examples().filter { $0.schema == "runner.event/1" }
        #expect(written.map(\.type).sorted() == shown.map(\.type).sorted())
        for shape in written { #expect(shown.first { $0.type == shape.type }?.keys == shape.keys, "\(shape.type)") }
    }

    @Test func documentsAreDocumented() throws {
        let folder = try TemporaryFolder()
        let started = RunStarted(
            runID: "a", pipeline: "b", file: "c", digest: "d", project: "e", inputs: [:], secrets: ["f"],
            runnerVersion: "1", who: "ann@build", ci: CIJob(name: "CI", url: nil))
        let finished = StepFinished(step: "a", outcome: .success, attempts: 1, milliseconds: 1)
        let unfinished = StepUnfinished(
            step: "b", error: ErrorRecord(code: "a", message: "b", help: nil), consequence: "c", attempts: 1,
            milliseconds: 1)
        let history = RunHistory([
            JournalRecord(sequence: 1, time: "2026-01-01T00:00:00.000Z", entry: .started(started)),
            JournalRecord(sequence: 2, time: "2026-01-01T00:00:01.000Z", entry: .finished(finished)),
            JournalRecord(sequence: 3, time: "2026-01-01T00:00:02.000Z", entry: .unfinished(unfinished)),
        ])
        var run = RunFacts(RunArchive.Entry(id: "run-1", path: folder.path, history: history))
        run.live = ["/srv/site/current"]
        let problem = Problem("wrong", at: SourceMark(line: 1, column: 1))
        var changes: ChangeList = [Change(.add, "x", detail: "y", bytes: 1)]
        changes.files = ChangeList.Files()
        (changes.notes, changes.unprovenRights) = (["a"], ["b"])
        let change = PlannedStep(id: "a", kind: "b", verdict: .changes(changes))
        let written = try [
            JSONDocument.runs([run], in: "/"), .run(run), .validation([("/a.yml", [problem], nil)]),
            .error(CommandError.badFile, exit: .badFile),
            Plan(pipeline: "deploy", runID: "run-1", folder: "/f", steps: [change])
                .document,
            .rollback(
                [
                    Visitors(
                        site: Deploy.Site(store: "s", pointer: "p", name: "n"),
                        change: .changed(from: .release("v2"), to: .release("v1")))
                ], run: "run-1", isDryRun: false, steps: ["a"], exit: .success),
            .hold(Hold(reason: "r", by: "b", since: "s"), of: "/"),
            .unhold(Hold(reason: "r", by: "b", since: "s"), of: "/"),
            .unlocked(
                "/", state: "broken",
                owner: LeaseOwner(
                    runID: "a", pipeline: "b", host: "c", processID: 1, since: "d", job: CIJob(name: "e", url: "f"))),
            .adopted(ForeignFiles(), try ReleaseVersion("v1"), in: "/", manifest: "/m"),
            .kinds([KindPage(KindDescriptor(ScriptedStep.self))]), .written("/a.yml", template: "folder"),
        ].map { try Shape($0.line) }
        let shown = try examples().filter { $0.schema != "runner.event/1" }
        #expect(written.map(\.type).sorted() == shown.map(\.type).sorted())
        for shape in written {
            let example = shown.first { $0.type == shape.type }
            #expect(example?.schema == shape.schema)
            #expect(example?.keys == shape.keys, "\(shape.type)")
        }
    }

    /// Each identifier of an outcome, in back quotes: a program that meets another one cannot tell what it means.
    @Test func outcomesAreDocumented() throws {
        let text = try page()
        let steps: [StepOutcome] = [.success, .already, .skipped, .failure, .timeout, .cancelled, .unfinished]
        let runs: [RunOutcome] = [.success, .unfinished, .failure, .timeout, .cancelled, .rolledBack]
        let causes: [RunFailed.Cause] = [
            .failure, .timeout, .interrupted, .terminated, .hungUp, .quit, .leaseHeld, .requested,
        ]
        for (section, identifiers) in [
            ("`step-finished`: `outcome` is", steps.filter { $0 != .skipped }.map(\.identifier)),
            ("`run-ended` comes last. `outcome` is", runs.map(\.identifier)),
            ("`cause` is", causes.map(\.identifier)), ("`state` is", RunState.allCases.map(\.identifier)),
            ("A step's `outcome` is", steps.map(\.identifier)),
        ] {
            let start = try #require(text.firstRange(of: section), "docs/json.md has no `\(section)`")
            let list = text[start.upperBound...].prefix { $0 != ";" && $0 != "." }
            let told = list.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
            #expect(told.sorted() == identifiers.sorted(), "\(section)")
        }
    }

    private func page() throws -> String {
        let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
        return String(decoding: try DurableFile.read(FilePath(root + "/docs/json.md")), as: UTF8.self)
    }

    private func examples() throws -> [Shape] {
        try page().split(separator: "\n").filter { $0.hasPrefix("{") }.map { try Shape(String($0)) }
    }

    /// The names of all fields; those of lists' elements under the list's name.
    struct Shape {
        var schema: String
        var type: String
        var keys: Set<String>

        init(_ line: String) throws {
            let fields = try JSONDecoder().decode([String: Value].self, from: Data(line.utf8))
            (schema, type) = (fields["schema"]?.asText ?? "", fields["type"]?.asText ?? "")
            keys = Self.keys(of: .object(fields), under: "")
        }

        /// Names that steps and files choose are not part of the form, and neither are errors that may be null.
        private static func keys(of value: Value, under path: String) -> Set<String> {
            if [".outputs", ".inputs", ".error", ".owner", ".failure"].contains(where: path.hasSuffix) {
                return [path]
            }
            return switch value {
            case .object(let fields):
                fields.reduce(into: [path]) { $0.formUnion(keys(of: $1.value, under: "\(path).\($1.key)")) }
            case .list(let values): values.reduce(into: [path]) { $0.formUnion(keys(of: $1, under: path + "[]")) }
            default: [path]
            }
        }
    }
}
