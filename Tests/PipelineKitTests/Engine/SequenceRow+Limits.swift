import PipelineKit
import TestSupport
import Testing

extension SequenceRow {
    static func limits() -> [SequenceRow] {
        [
            SequenceRow(
                "a times out at every try", three(a: .scripted("a", run: ["hang", "hang", "hang"])),
                [
                    "begin", "= started", "[steps]", "> a", "a.prepare", "  a would: replace a", "= prepared a",
                    "a.run(old)", "! a run 1/3 timeout, again in 500ms", "a.run(old)",
                    "! a run 2/3 timeout, again in 1s", "a.run(old)",
                    "< a timeout 3: step `a` (scripted) took longer than its limit of 10m", "= failed timeout at a",
                    "failed: timeout at a", "[rollback]",
                ] + undone("a") + ["= ended timeout 124", "end timeout, exit 124", "a=old b=old c=old"]),
            SequenceRow(
                "b times out at its first try", three(b: .scripted("b", run: ["hang"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)",
                    "! b run 1/3 timeout, again in 500ms", "b.run(old)", "= finished b success", "< b success 2",
                ] + good("c") + ["= ended success 0", "end success, exit 0", "a=new b=new c=new"]),
            SequenceRow(
                "c has one try and times out",
                three(c: .scripted("c", run: ["hang"]) { $0.retry = RetryPolicy(attempts: 1) }),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + [
                    "> c", "c.prepare", "  c would: replace c", "= prepared c", "c.run(old)",
                    "< c timeout 1: step `c` (scripted) took longer than its limit of 10m", "= failed timeout at c",
                    "failed: timeout at c", "[rollback]",
                ] + undone("c") + undone("b") + undone("a") + [
                    "= ended timeout 124", "end timeout, exit 124", "a=old b=old c=old",
                ]),
            SequenceRow(
                "b times out in prepare",
                three(b: .scripted("b", prepare: ["hang"]) { $0.retry = RetryPolicy(attempts: 1) }),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "< b timeout 1: step `b` (scripted) took longer than its limit of 10m",
                    "= failed timeout at b", "failed: timeout at b", "[rollback]",
                ] + undone("a") + ["= ended timeout 124", "end timeout, exit 124", "a=old b=old c=old"]),
            SequenceRow(
                "c ends well after its limit",
                three(c: .scripted("c", run: ["deaf"]) { $0.retry = RetryPolicy(attempts: 1) }),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + [
                    "> c", "c.prepare", "  c would: replace c", "= prepared c", "c.run(old)",
                    "< c timeout 1: step `c` (scripted) took longer than its limit of 10m", "= failed timeout at c",
                    "failed: timeout at c", "[rollback]",
                ] + undone("c") + undone("b") + undone("a") + [
                    "= ended timeout 124", "end timeout, exit 124", "a=old b=old c=old",
                ]),
            SequenceRow(
                "a is interrupted", three(a: .scripted("a", run: ["interrupt"])),
                [
                    "begin", "= started", "[steps]", "> a", "a.prepare", "  a would: replace a", "= prepared a",
                    "a.run(old)", "< a cancelled 1: cancelled", "= failed interrupted at a", "failed: interrupted at a",
                    "[rollback]",
                ] + undone("a") + ["= ended cancelled 130", "end cancelled, exit 130", "a=old b=old c=old"]),
            SequenceRow(
                "b is interrupted", three(b: .scripted("b", run: ["interrupt"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)",
                    "< b cancelled 1: cancelled", "= failed interrupted at b", "failed: interrupted at b", "[rollback]",
                ] + undone("b") + undone("a") + [
                    "= ended cancelled 130", "end cancelled, exit 130", "a=old b=old c=old",
                ]),
            SequenceRow(
                "c is interrupted", three(c: .scripted("c", run: ["interrupt"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + [
                    "> c", "c.prepare", "  c would: replace c", "= prepared c", "c.run(old)",
                    "< c cancelled 1: cancelled", "= failed interrupted at c", "failed: interrupted at c", "[rollback]",
                ] + undone("c") + undone("b") + undone("a") + [
                    "= ended cancelled 130", "end cancelled, exit 130", "a=old b=old c=old",
                ]),
            SequenceRow(
                "b is terminated", three(b: .scripted("b", run: ["terminate"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)",
                    "< b cancelled 1: cancelled", "= failed terminated at b", "failed: terminated at b", "[rollback]",
                ] + undone("b") + undone("a") + [
                    "= ended cancelled 143", "end cancelled, exit 143", "a=old b=old c=old",
                ]),
            SequenceRow(
                "the caller leaves at b", three(b: .scripted("b", run: ["leave"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)",
                    "< b cancelled 1: cancelled", "= failed interrupted at b", "failed: interrupted at b", "[rollback]",
                ] + undone("b") + undone("a") + [
                    "= ended cancelled 130", "end cancelled, exit 130", "a=old b=old c=old",
                ]),
            SequenceRow(
                "b is stopped by a signal", three(b: .scripted("b", run: ["signal"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)", "= failed interrupted",
                    "< b cancelled 1: cancelled", "= failed interrupted at b", "failed: interrupted at b", "[rollback]",
                ] + undone("b") + undone("a") + [
                    "= ended cancelled 130", "end cancelled, exit 130", "a=old b=old c=old",
                ]),
            SequenceRow(
                "a signal comes too late to turn the run back", three(finally: [.late]),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + good("c") + ["[finally]"] + [
                    "> d", "d.prepare", "  d would: ", "= prepared d", "d.run(nothing)", "= finished d success",
                    "< d success 1", "= ended success 0", "end success, exit 0", "a=new b=new c=new",
                ]),
            SequenceRow(
                "b is interrupted in prepare", three(b: .scripted("b", prepare: ["interrupt"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "< b cancelled 1: cancelled", "= failed interrupted at b",
                    "failed: interrupted at b", "[rollback]",
                ] + undone("a") + ["= ended cancelled 130", "end cancelled, exit 130", "a=old b=old c=old"]),
            SequenceRow(
                "b is interrupted and ends well", three(b: .scripted("b", run: ["interrupt deaf"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + [
                    "= failed interrupted", "failed: interrupted", "[rollback]",
                ] + undone("b") + undone("a") + [
                    "= ended cancelled 130", "end cancelled, exit 130", "a=old b=old c=old",
                ]),
            SequenceRow(
                "c is interrupted and ends well", three(c: .scripted("c", run: ["interrupt deaf"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + good("c") + [
                    "= failed interrupted", "failed: interrupted", "[rollback]",
                ] + undone("c") + undone("b") + undone("a") + [
                    "= ended cancelled 130", "end cancelled, exit 130", "a=old b=old c=old",
                ]),
            SequenceRow(
                "b is interrupted and fails", three(b: .scripted("b", run: ["interrupt fail"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)",
                    "< b cancelled 1: it was told to fail", "= failed interrupted at b", "failed: interrupted at b",
                    "[rollback]",
                ] + undone("b") + undone("a") + [
                    "= ended cancelled 130", "end cancelled, exit 130", "a=old b=old c=old",
                ]),
            SequenceRow(
                "b may fail and is interrupted",
                three(b: .scripted("b", run: ["interrupt"]) { $0.continueOnError = true }),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)",
                    "< b cancelled 1: cancelled", "= failed interrupted at b", "failed: interrupted at b", "[rollback]",
                ] + undone("b") + undone("a") + [
                    "= ended cancelled 130", "end cancelled, exit 130", "a=old b=old c=old",
                ]),
            SequenceRow(
                "the run takes too long at b",
                three(b: .scripted("b", run: ["hang"])) { $0.pipeline.timeout = .seconds(300) },
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)",
                    "< b timeout 1: cancelled", "= failed timeout at b", "failed: timeout at b", "[rollback]",
                ] + undone("b") + undone("a") + ["= ended timeout 124", "end timeout, exit 124", "a=old b=old c=old"]),
            SequenceRow(
                "the run takes too long at c",
                three(c: .scripted("c", run: ["hang"])) { $0.pipeline.timeout = .seconds(300) },
                ["begin", "= started", "[steps]"] + good("a") + good("b") + [
                    "> c", "c.prepare", "  c would: replace c", "= prepared c", "c.run(old)",
                    "< c timeout 1: cancelled", "= failed timeout at c", "failed: timeout at c", "[rollback]",
                ] + undone("c") + undone("b") + undone("a") + [
                    "= ended timeout 124", "end timeout, exit 124", "a=old b=old c=old",
                ]),
        ]
    }
}
