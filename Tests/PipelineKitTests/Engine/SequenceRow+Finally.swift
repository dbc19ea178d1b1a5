import PipelineKit
import TestSupport
import Testing

extension SequenceRow {
    static func finally() throws -> [SequenceRow] {
        try [
            SequenceRow(
                "finally after success", three(finally: [.final("d"), .final("e", if: "failure()")]),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + good("c") + ["[finally]"] + looked("d") + [
                    "- e: its condition is false", "= finished e skipped", "= ended success 0", "end success, exit 0",
                    "a=new b=new c=new",
                ]),
            SequenceRow(
                "finally after a failure",
                three(
                    a: .scripted("a", run: ["fail"]),
                    finally: [
                        .final("d", if: "success()"), .final("e", if: "failure()"),
                        .final("f", if: "steps.a.outcome == 'failure'"),
                    ]),
                ["begin", "= started", "[steps]"] + failing("a") + [
                    "[rollback]"
                ] + undone("a") + ["[finally]", "- d: its condition is false", "= finished d skipped"] + looked("e")
                    + looked("f") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "finally after a timeout",
                three(
                    a: .scripted("a", prepare: ["hang"]) { $0.retry = RetryPolicy(attempts: 1) },
                    finally: [.final("d", if: "failure()"), .final("e", if: "cancelled()")]),
                [
                    "begin", "= started", "[steps]", "> a", "a.prepare",
                    "< a timeout 1: step `a` (scripted) took longer than its limit of 10m", "= failed timeout at a",
                    "failed: timeout at a", "[finally]",
                ] + looked("d") + [
                    "- e: its condition is false", "= finished e skipped", "= ended timeout 124",
                    "end timeout, exit 124", "a=old b=old c=old",
                ]),
            SequenceRow(
                "finally after an interrupt",
                three(
                    b: .scripted("b", run: ["interrupt"]),
                    finally: [.final("d", if: "failure()"), .final("e", if: "cancelled()")]),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)",
                    "< b cancelled 1: cancelled", "= failed interrupted at b", "failed: interrupted at b", "[rollback]",
                ] + undone("b") + undone("a") + ["[finally]", "- d: its condition is false", "= finished d skipped"]
                    + looked("e") + ["= ended cancelled 130", "end cancelled, exit 130", "a=old b=old c=old"]),
            SequenceRow(
                "finally after a rollback that failed",
                three(a: .scripted("a", run: ["fail"], rollback: ["fail"]), finally: [.final("d")]),
                ["begin", "= started", "[steps]"] + failing("a") + [
                    "[rollback]", "> undo a", "a.rollback(old)", "= rollback-failed a", "< undo a: it was told to fail",
                    "[finally]",
                ] + looked("d") + ["= ended failure 3", "end failure, exit 3", "a=new b=old c=old"]),
            SequenceRow(
                "finally fails after success", three(finally: [.final("d", run: ["fail"]), .final("e")]),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + good("c") + [
                    "[finally]", "> d", "d.prepare", "  d would: ", "= prepared d", "d.run(nothing)",
                    "= unfinished d", "< d unfinished 1: it was told to fail",
                ] + looked("e") + ["= ended unfinished 4", "end unfinished, exit 4", "a=new b=new c=new"]),
            SequenceRow(
                "finally fails where nothing changed",
                TestRun([.scripted("a", effect: .local)], finally: [.final("d", prepare: ["fail"])]),
                ["begin", "= started", "[steps]"] + looked("a") + [
                    "[finally]", "> d", "d.prepare", "= finished d failure", "< d failure 1: it was told to fail",
                    "= ended failure 1", "end failure, exit 1", "an empty world",
                ]),
            SequenceRow(
                "finally fails after a failure",
                three(a: .scripted("a", run: ["fail"]), finally: [.final("d", run: ["fail"])]),
                ["begin", "= started", "[steps]"] + failing("a") + [
                    "[rollback]"
                ] + undone("a") + [
                    "[finally]", "> d", "d.prepare", "  d would: ", "= prepared d", "d.run(nothing)",
                    "= finished d failure", "< d failure 1: it was told to fail", "= ended failure 1",
                    "end failure, exit 1", "a=old b=old c=old",
                ]),
            SequenceRow(
                "finally may fail", three(finally: [.final("d", run: ["fail"]) { $0.continueOnError = true }]),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + good("c") + [
                    "[finally]", "> d", "d.prepare", "  d would: ", "= prepared d", "d.run(nothing)",
                    "= finished d failure", "< d failure 1: it was told to fail", "= ended success 0",
                    "end success, exit 0", "a=new b=new c=new",
                ]),
            SequenceRow(
                "finally is tried again",
                three(a: .scripted("a", prepare: ["fail"]), finally: [.final("d", run: ["fail network"])]),
                [
                    "begin", "= started", "[steps]", "> a", "a.prepare", "< a failure 1: it was told to fail",
                    "= failed failure at a", "failed: failure at a", "[finally]", "> d", "d.prepare", "  d would: ",
                    "= prepared d", "d.run(nothing)", "! d run 1/3 scripted, again in 500ms", "d.run(nothing)",
                    "= finished d success", "< d success 2", "= ended failure 1", "end failure, exit 1",
                    "a=old b=old c=old",
                ]),
            SequenceRow(
                "finally times out",
                three(finally: [.final("d", run: ["hang"]) { $0.retry = RetryPolicy(attempts: 1) }]),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + good("c") + [
                    "[finally]", "> d", "d.prepare", "  d would: ", "= prepared d", "d.run(nothing)",
                    "= unfinished d", "< d unfinished 1: step `d` (scripted) took longer than its limit of 10m",
                    "= ended unfinished 4", "end unfinished, exit 4", "a=new b=new c=new",
                ]),
            SequenceRow(
                "finally is interrupted",
                three(a: .scripted("a", prepare: ["fail"]), finally: [.final("d", run: ["interrupt"]), .final("e")]),
                [
                    "begin", "= started", "[steps]", "> a", "a.prepare", "< a failure 1: it was told to fail",
                    "= failed failure at a", "failed: failure at a", "[finally]",
                ] + looked("d") + looked("e") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "finally after an interrupt fails",
                three(a: .scripted("a", prepare: ["interrupt"]), finally: [.final("d", run: ["fail"])]),
                [
                    "begin", "= started", "[steps]", "> a", "a.prepare", "< a cancelled 1: cancelled",
                    "= failed interrupted at a", "failed: interrupted at a", "[finally]", "> d", "d.prepare",
                    "  d would: ", "= prepared d", "d.run(nothing)", "= finished d failure",
                    "< d failure 1: it was told to fail", "= ended cancelled 130", "end cancelled, exit 130",
                    "a=old b=old c=old",
                ]),
        ]
    }
}
