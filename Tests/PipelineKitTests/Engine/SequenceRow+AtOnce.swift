import PipelineKit
import TestSupport

extension SequenceRow {
    /// A signal restores what visitors notice ahead of the order.
    static func atOnce() -> [SequenceRow] {
        let a = PipelineStep.scripted("a", atOnce: ["ok"])
        return [
            SequenceRow(
                "a signal in c restores a before c has ended", three(a: a, c: .scripted("c", run: ["restore"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + [
                    "> c", "c.prepare", "  c would: replace c", "= prepared c", "c.run(old)", "= failed interrupted",
                    "a.at-once(old)", "told: a is old again", "< c cancelled 1: cancelled", "= failed interrupted at c",
                    "failed: interrupted at c", "[rollback]",
                ] + undone("c") + undone("b") + undone("a") + [
                    "= ended cancelled 130", "end cancelled, exit 130", "a=old b=old c=old",
                ]),
            SequenceRow(
                "a signal in the rollback of c restores a before c is undone",
                three(a: a, c: .scripted("c", run: ["fail"], rollback: ["restore"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + [
                    "[rollback]", "> undo c", "c.rollback(old)", "a.at-once(old)", "told: a is old again",
                    "= rolled-back c", "< undo c",
                ] + undone("b") + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "without a signal the order is kept", three(a: a, c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + undone("b") + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "what stays is not restored at once",
                three(a: a, b: .scripted("b", run: ["signal"])) { $0.pipeline.onFailure = .stop },
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)", "= failed interrupted",
                    "< b cancelled 1: cancelled", "= failed interrupted at b", "failed: interrupted at b",
                    "= ended cancelled 3", "end cancelled, exit 3", "a=new b=new c=old",
                ]),
            SequenceRow(
                "what its file does not let undo is not restored at once",
                three(
                    a: .scripted("a", atOnce: ["ok"]) { $0.rollback = .off }, b: .scripted("b", run: ["signal"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)", "= failed interrupted",
                    "< b cancelled 1: cancelled", "= failed interrupted at b", "failed: interrupted at b", "[rollback]",
                ] + undone("b") + [
                    "= ended cancelled 3", "end cancelled, exit 3", "a=new b=old c=old",
                ]),
            SequenceRow(
                "a signal after the last step restores nothing", three(a: a, finally: [.late]),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + good("c") + ["[finally]"] + [
                    "> d", "d.prepare", "  d would: ", "= prepared d", "d.run(nothing)", "= finished d success",
                    "< d success 1", "= ended success 0", "end success, exit 0", "a=new b=new c=new",
                ]),
        ]
    }
}
