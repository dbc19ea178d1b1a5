import PipelineKit
import TestSupport
import Testing

extension SequenceRow {
    static func back() -> [SequenceRow] {
        [
            SequenceRow(
                "the rollback of c fails", three(c: .scripted("c", run: ["fail"], rollback: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + [
                    "[rollback]",
                    "> undo c", "c.rollback(old)", "= rollback-failed c", "< undo c: it was told to fail",
                    "= ended failure 3", "end failure, exit 3", "a=new b=new c=new",
                ]),
            SequenceRow(
                "the rollback of b fails",
                three(b: .scripted("b", rollback: ["fail"]), c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + [
                        "> undo b", "b.rollback(old)", "= rollback-failed b", "< undo b: it was told to fail",
                        "= ended failure 3", "end failure, exit 3", "a=new b=new c=old",
                    ]),
            SequenceRow(
                "the rollback of a fails",
                three(a: .scripted("a", rollback: ["fail"]), c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + undone("b") + [
                        "> undo a", "a.rollback(old)", "= rollback-failed a", "< undo a: it was told to fail",
                        "= ended failure 3", "end failure, exit 3", "a=new b=old c=old",
                    ]),
            SequenceRow(
                "the rollback of b fails at first",
                three(b: .scripted("b", rollback: ["fail network"]), c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + [
                        "> undo b", "b.rollback(old)", "! b rollback 1/3 scripted, again in 500ms", "b.rollback(old)",
                        "= rolled-back b", "< undo b",
                    ] + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "the rollback of b fails its last try",
                three(
                    b: .scripted("b", rollback: ["fail network", "fail network", "fail network"]),
                    c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + [
                        "> undo b", "b.rollback(old)", "! b rollback 1/3 scripted, again in 500ms", "b.rollback(old)",
                        "! b rollback 2/3 scripted, again in 1s", "b.rollback(old)", "= rollback-failed b",
                        "< undo b: it was told to fail", "= ended failure 3", "end failure, exit 3",
                        "a=new b=new c=old",
                    ]),
            SequenceRow(
                "the rollback of b times out",
                three(b: .scripted("b", rollback: ["hang"]), c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + [
                        "> undo b", "b.rollback(old)", "= rollback-failed b",
                        "< undo b: the rollback of step `b` took longer than its limit of 10m", "= ended failure 3",
                        "end failure, exit 3", "a=new b=new c=old",
                    ]),
            SequenceRow(
                "the rollback of b is interrupted",
                three(b: .scripted("b", rollback: ["interrupt"]), c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + undone("b") + undone("a") + [
                        "= ended failure 1", "end failure, exit 1", "a=old b=old c=old",
                    ]),
            SequenceRow(
                "the rollback after an interrupt is terminated",
                three(b: .scripted("b", rollback: ["terminate"]), c: .scripted("c", run: ["interrupt"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + [
                    "> c", "c.prepare", "  c would: replace c", "= prepared c", "c.run(old)",
                    "< c cancelled 1: cancelled", "= failed interrupted at c", "failed: interrupted at c", "[rollback]",
                ] + undone("c") + undone("b") + undone("a") + [
                    "= ended cancelled 130", "end cancelled, exit 130", "a=old b=old c=old",
                ]),
            SequenceRow(
                "the caller leaves in a rollback",
                three(b: .scripted("b", rollback: ["leave"]), c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + undone("b") + undone("a") + [
                        "= ended failure 1", "end failure, exit 1", "a=old b=old c=old",
                    ]),
            SequenceRow(
                "what b changed is gone for good",
                three(b: .scripted("b", rollback: ["lose"]), c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + ["> undo b", "b.rollback(old)", "< left b: it is gone"] + undone("a") + [
                        "= ended failure 3", "end failure, exit 3", "a=old b=new c=old",
                    ]),
            SequenceRow(
                "nothing of b must be undone",
                three(b: .scripted("b", effect: .lasting), c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=new c=old"]),
            SequenceRow(
                "nothing must be undone",
                {
                    var run = TestRun([.scripted("a", effect: .lasting, run: ["fail"])])
                    run.world = ["a": "old"]
                    return run
                }(),
                ["begin", "= started", "[steps]"] + failing("a") + [
                    "= ended failure 1", "end failure, exit 1", "a=new",
                ]),
            SequenceRow(
                "b is not to be rolled back",
                three(b: .scripted("b") { $0.rollback = .off }, c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + undone("a") + ["= ended failure 3", "end failure, exit 3", "a=old b=new c=old"]),
            SequenceRow(
                "b is undone by other steps",
                three(
                    b: .scripted("b") {
                        $0.rollback = .steps(
                            [.scripted("b-1"), .scripted("b-2", prepare: ["already"])], timeout: .seconds(60))
                    }, c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + [
                        "> undo b", "b-1.prepare", "b-1.run(nothing)", "b-2.prepare", "= rolled-back b", "< undo b",
                    ] + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=new b-1=new c=old"]),
            SequenceRow(
                "what undoes b is tried again",
                three(
                    b: .scripted("b") {
                        $0.rollback = .steps([.scripted("b-1", run: ["fail network"])], timeout: .seconds(60))
                    }, c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + [
                        "> undo b", "b-1.prepare", "b-1.run(nothing)", "! b-1 rollback 1/3 scripted, again in 500ms",
                        "b-1.run(nothing)", "= rolled-back b", "< undo b",
                    ] + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=new b-1=new c=old"]),
            SequenceRow(
                "what undoes b fails",
                three(
                    b: .scripted("b") {
                        $0.rollback = .steps(
                            [.scripted("b-1", run: ["fail"]), .scripted("b-2")], timeout: .seconds(60))
                    }, c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + [
                        "> undo b", "b-1.prepare", "b-1.run(nothing)", "= rollback-failed b",
                        "< undo b: it was told to fail", "= ended failure 3", "end failure, exit 3",
                        "a=new b=new b-1=new c=old",
                    ]),
            SequenceRow(
                "b cannot be undone", three(b: .scripted("b", effect: .irreversible), c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + undone("a") + ["= ended failure 3", "end failure, exit 3", "a=old b=new c=old"]),
            SequenceRow(
                "b cannot be undone and fails", three(b: .scripted("b", effect: .irreversible, run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + failing("b") + ["[rollback]"] + undone("a") + [
                    "= ended failure 3", "end failure, exit 3", "a=old b=new c=old",
                ]),
            SequenceRow(
                "b cannot be undone and fails in prepare",
                three(b: .scripted("b", effect: .irreversible, prepare: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "< b failure 1: it was told to fail", "= failed failure at b",
                    "failed: failure at b", "[rollback]",
                ] + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "b cannot be undone and need not be",
                three(
                    b: .scripted("b", effect: .irreversible) { $0.rollback = .off }, c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=new c=old"]),
            SequenceRow(
                "b cannot be undone but by other steps",
                three(
                    b: .scripted("b", effect: .irreversible) {
                        $0.rollback = .steps([.scripted("b-1")], timeout: .seconds(60))
                    }, c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + ["> undo b", "b-1.prepare", "b-1.run(nothing)", "= rolled-back b", "< undo b"]
                    + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=new b-1=new c=old"]),
            SequenceRow(
                "a failure stops", three(b: .scripted("b", run: ["fail"])) { $0.pipeline.onFailure = .stop },
                ["begin", "= started", "[steps]"] + good("a") + failing("b") + [
                    "= ended failure 3", "end failure, exit 3", "a=new b=new c=old",
                ]),
            SequenceRow(
                "a failure stops before anything changed",
                three(a: .scripted("a", prepare: ["fail"])) { $0.pipeline.onFailure = .stop },
                [
                    "begin", "= started", "[steps]", "> a", "a.prepare", "< a failure 1: it was told to fail",
                    "= failed failure at a", "failed: failure at a", "= ended failure 1", "end failure, exit 1",
                    "a=old b=old c=old",
                ]),
            SequenceRow(
                "a timeout stops",
                three(a: .scripted("a", run: ["hang"]) { $0.retry = RetryPolicy(attempts: 1) }) {
                    $0.pipeline.onFailure = .stop
                },
                [
                    "begin", "= started", "[steps]", "> a", "a.prepare", "  a would: replace a", "= prepared a",
                    "a.run(old)", "< a timeout 1: step `a` (scripted) took longer than its limit of 10m",
                    "= failed timeout at a", "failed: timeout at a", "= ended timeout 3", "end timeout, exit 3",
                    "a=new b=old c=old",
                ]),
        ]
    }
}
