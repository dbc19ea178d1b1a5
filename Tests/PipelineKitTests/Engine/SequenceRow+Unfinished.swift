import PipelineKit
import TestSupport
import Testing

extension PipelineStep {
    /// A step that the site can do without for a while, tried once.
    static func later(
        _ id: String, effect: Effect = .lasting, prepare: [String] = [], run: [String] = [],
        _ change: (inout PipelineStep) -> Void = { _ in }
    ) -> PipelineStep {
        scripted(id, effect: effect, prepare: prepare, run: run, ifUnfinished: "it is as it was") { step in
            step.retry = RetryPolicy(attempts: 1)
            change(&step)
        }
    }
}

extension SequenceRow {
    /// What is noted of a step `b` that begins.
    private static let begun = ["> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)"]

    static func unfinished() throws -> [SequenceRow] {
        try [
            SequenceRow(
                "b gets no answer", three(b: .later("b", run: ["fail throttle"])),
                ["begin", "= started", "[steps]"] + good("a") + begun + [
                    "= unfinished b", "< b unfinished 1: it was told to fail",
                ] + good("c") + ["= ended unfinished 4", "end unfinished, exit 4", "a=new b=new c=new"]),
            SequenceRow(
                "b gets no answer within its limit of time", three(b: .later("b", run: ["hang"])),
                ["begin", "= started", "[steps]"] + good("a") + begun + [
                    "= unfinished b", "< b unfinished 1: step `b` (scripted) took longer than its limit of 10m",
                ] + good("c") + ["= ended unfinished 4", "end unfinished, exit 4", "a=new b=new c=new"]),
            SequenceRow(
                "b gets no answer when it looks", three(b: .later("b", prepare: ["fail network"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "= unfinished b", "< b unfinished 1: it was told to fail",
                ] + good("c") + ["= ended unfinished 4", "end unfinished, exit 4", "a=new b=old c=new"]),
            SequenceRow(
                "b gets no answer, and whoever comes last sees it",
                three(
                    b: .later("b", run: ["fail timeout"]),
                    finally: [
                        .final("d", if: "success()"), .final("e", if: "failure()"),
                        .final("f", if: "steps.b.outcome == 'unfinished'"),
                    ]),
                ["begin", "= started", "[steps]"] + good("a") + begun + [
                    "= unfinished b", "< b unfinished 1: it was told to fail",
                ] + good("c") + ["[finally]"] + looked("d") + ["- e: its condition is false", "= finished e skipped"]
                    + looked("f") + ["= ended unfinished 4", "end unfinished, exit 4", "a=new b=new c=new"]),
            SequenceRow(
                "b gets no answer in finally", three(finally: [.later("d", effect: .observing, run: ["fail network"])]),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + good("c") + [
                    "[finally]", "> d", "d.prepare", "  d would: ", "= prepared d", "d.run(nothing)", "= unfinished d",
                    "< d unfinished 1: it was told to fail", "= ended unfinished 4", "end unfinished, exit 4",
                    "a=new b=new c=new",
                ]),
            SequenceRow(
                "b gets no answer, and c fails",
                three(b: .later("b", run: ["fail network"]), c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + begun + [
                    "= unfinished b", "< b unfinished 1: it was told to fail",
                ] + failing("c") + ["[rollback]"] + undone("c") + undone("a") + [
                    "= ended failure 1", "end failure, exit 1", "a=old b=new c=old",
                ]),
            SequenceRow(
                "b gets no answer, and the file insists on it",
                three(b: .later("b", run: ["fail network"]) { $0.insists = true }),
                ["begin", "= started", "[steps]"] + good("a") + begun + [
                    "< b failure 1: it was told to fail", "= failed failure at b", "failed: failure at b", "[rollback]",
                ] + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=new c=old"]),
            SequenceRow(
                "b gets no answer, and its failure is allowed",
                three(b: .later("b", run: ["fail network"]) { $0.continueOnError = true }),
                ["begin", "= started", "[steps]"] + good("a") + begun + [
                    "= finished b failure", "< b failure 1: it was told to fail",
                ] + good("c") + ["= ended success 0", "end success, exit 0", "a=new b=new c=new"]),
            SequenceRow(
                "b is refused", three(b: .later("b", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + begun + [
                    "< b failure 1: it was told to fail", "= failed failure at b", "failed: failure at b", "[rollback]",
                ] + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=new c=old"]),
            SequenceRow(
                "b is interrupted", three(b: .later("b", run: ["interrupt"])),
                ["begin", "= started", "[steps]"] + good("a") + begun + [
                    "< b cancelled 1: cancelled", "= failed interrupted at b", "failed: interrupted at b", "[rollback]",
                ] + undone("a") + ["= ended cancelled 130", "end cancelled, exit 130", "a=old b=new c=old"]),
            SequenceRow(
                "b gets no answer after all its tries",
                three(b: .later("b", run: ["fail network", "fail network"]) { $0.retry = RetryPolicy(attempts: 2) }),
                ["begin", "= started", "[steps]"] + good("a") + begun + [
                    "! b run 1/2 scripted, again in 500ms", "b.run(old)", "= unfinished b",
                    "< b unfinished 2: it was told to fail",
                ] + good("c") + ["= ended unfinished 4", "end unfinished, exit 4", "a=new b=new c=new"]),
        ]
    }
}
