import PipelineKit
import TestSupport

extension SequenceRow {
    static func preflight() throws -> [SequenceRow] {
        let failing = PipelineStep.scripted("c", preflight: ["fail"])
        let allGood = good("a") + good("b") + good("c") + ["= ended success 0", "end success, exit 0"]
        return [
            SequenceRow(
                "all find what they need",
                three(b: .scripted("b", preflight: ["ok"]), c: .scripted("c", preflight: ["ok"])),
                ["begin", "= started", "[steps]", "b.preflight", "c.preflight"] + allGood + ["a=new b=new c=new"]),
            SequenceRow(
                "what the last one needs is not there", three(c: failing),
                [
                    "begin", "= started", "[steps]", "c.preflight", "< c failure 1: it was told to fail",
                    "= failed failure at c", "failed: failure at c", "= ended failure 1",
                    "end failure, exit 1", "a=old b=old c=old",
                ]),
            SequenceRow(
                "it is there at the second look", three(c: .scripted("c", preflight: ["fail network", "ok"])),
                [
                    "begin", "= started", "[steps]", "c.preflight", "! c prepare 1/3 scripted, again in 500ms",
                    "c.preflight",
                ] + allGood + ["a=new b=new c=new"]),
            SequenceRow(
                "a signal comes meanwhile", three(c: .scripted("c", preflight: ["interrupt"])),
                [
                    "begin", "= started", "[steps]", "c.preflight", "< c cancelled 1: cancelled",
                    "= failed interrupted at c",
                    "failed: interrupted at c", "= ended cancelled 130", "end cancelled, exit 130",
                    "a=old b=old c=old",
                ]),
            SequenceRow(
                "a step that may be skipped is not asked", three(c: try failing.when("env.NOTHING == null")),
                ["begin", "= started", "[steps]"] + allGood + ["a=new b=new c=new"]),
            SequenceRow(
                "nor one that may fail",
                three(c: .scripted("c", preflight: ["fail"]) { $0.continueOnError = true }),
                ["begin", "= started", "[steps]"] + allGood + ["a=new b=new c=new"]),
        ]
    }
}
