import PipelineKit
import TestSupport
import Testing

extension SequenceRow {
    static func forward() throws -> [SequenceRow] {
        try [
            SequenceRow(
                "all go well", three(),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + good("c") + [
                    "= ended success 0", "end success, exit 0", "a=new b=new c=new",
                ]),
            SequenceRow(
                "a fails at once", three(a: .scripted("a", run: ["fail"])),
                ["begin", "= started", "[steps]"] + failing("a") + [
                    "[rollback]"
                ] + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "b fails at once", three(b: .scripted("b", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + failing("b") + ["[rollback]"] + undone("b")
                    + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "c fails at once", three(c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + failing("c") + ["[rollback]"] + undone("c")
                    + undone("b") + undone("a") + [
                        "= ended failure 1", "end failure, exit 1", "a=old b=old c=old",
                    ]),
            SequenceRow(
                "b fails its first try", three(b: .scripted("b", run: ["fail network"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)",
                    "! b run 1/3 scripted, again in 500ms", "b.run(old)", "= finished b success", "< b success 2",
                ] + good("c") + ["= ended success 0", "end success, exit 0", "a=new b=new c=new"]),
            SequenceRow(
                "c fails its last try",
                three(c: .scripted("c", run: ["fail network", "fail throttle 5s", "fail network"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + [
                    "> c", "c.prepare", "  c would: replace c", "= prepared c", "c.run(old)",
                    "! c run 1/3 scripted, again in 500ms", "c.run(old)", "! c run 2/3 scripted, again in 5s",
                    "c.run(old)", "< c failure 3: it was told to fail", "= failed failure at c", "failed: failure at c",
                    "[rollback]",
                ] + undone("c") + undone("b") + undone("a") + [
                    "= ended failure 1", "end failure, exit 1", "a=old b=old c=old",
                ]),
            SequenceRow(
                "b fails its second try for good", three(b: .scripted("b", run: ["fail network", "fail"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)",
                    "! b run 1/3 scripted, again in 500ms", "b.run(old)", "< b failure 2: it was told to fail",
                    "= failed failure at b", "failed: failure at b", "[rollback]",
                ] + undone("b") + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "a fails in prepare", three(a: .scripted("a", prepare: ["fail"])),
                [
                    "begin", "= started", "[steps]", "> a", "a.prepare", "< a failure 1: it was told to fail",
                    "= failed failure at a", "failed: failure at a", "= ended failure 1", "end failure, exit 1",
                    "a=old b=old c=old",
                ]),
            SequenceRow(
                "b fails in prepare", three(b: .scripted("b", prepare: ["fail conflict"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "< b failure 1: it was told to fail", "= failed failure at b",
                    "failed: failure at b", "[rollback]",
                ] + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "c fails every try of prepare",
                three(c: .scripted("c", prepare: ["fail network", "fail network", "fail network"])),
                ["begin", "= started", "[steps]"] + good("a") + good("b") + [
                    "> c", "c.prepare", "! c prepare 1/3 scripted, again in 500ms", "c.prepare",
                    "! c prepare 2/3 scripted, again in 1s", "c.prepare", "< c failure 3: it was told to fail",
                    "= failed failure at c", "failed: failure at c", "[rollback]",
                ] + undone("b") + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "b tries both parts again", three(b: .scripted("b", prepare: ["fail network"], run: ["fail network"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "! b prepare 1/3 scripted, again in 500ms", "b.prepare", "  b would: replace b",
                    "= prepared b", "b.run(old)", "! b run 1/3 scripted, again in 500ms", "b.run(old)",
                    "= finished b success", "< b success 2",
                ] + good("c") + ["= ended success 0", "end success, exit 0", "a=new b=new c=new"]),
            SequenceRow(
                "b has nothing to do, c fails",
                three(b: .scripted("b", prepare: ["already"]), c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "= finished b already", "< b already 1",
                ] + failing("c") + ["[rollback]"] + undone("c") + undone("a") + [
                    "= ended failure 1", "end failure, exit 1", "a=old b=old c=old",
                ]),
            SequenceRow(
                "a local, b observing, c fails",
                three(
                    a: .scripted("a", effect: .local), b: .scripted("b", effect: .observing),
                    c: .scripted("c", run: ["fail"])),
                [
                    "begin", "= started", "[steps]", "> a", "a.prepare", "  a would: ", "= prepared a", "a.run(old)",
                    "= finished a success", "< a success 1", "> b", "b.prepare", "  b would: ", "= prepared b",
                    "b.run(old)", "= finished b success", "< b success 1",
                ] + failing("c") + ["[rollback]"] + undone("c") + [
                    "= ended failure 1", "end failure, exit 1", "a=old b=old c=old",
                ]),
            SequenceRow(
                "b is skipped, c fails", three(b: .scripted("b").when("1 == 2"), c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "- b: its condition is false", "= finished b skipped",
                ] + failing("c") + ["[rollback]"] + undone("c") + undone("a") + [
                    "= ended failure 1", "end failure, exit 1", "a=old b=old c=old",
                ]),
            SequenceRow(
                "the condition of b makes no sense", three(b: .scripted("b").when("steps.a.outcome")),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "< b failure 0: line 1, column 1: expected true or false, found text", "= failed failure at b",
                    "failed: failure at b", "[rollback]",
                ] + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "b fails and the run goes on", three(b: .scripted("b", run: ["fail"]) { $0.continueOnError = true }),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)", "= finished b failure",
                    "< b failure 1: it was told to fail",
                ] + good("c") + ["= ended success 0", "end success, exit 0", "a=new b=new c=new"]),
            SequenceRow(
                "b fails, the run goes on, c fails",
                three(b: .scripted("b", run: ["fail"]) { $0.continueOnError = true }, c: .scripted("c", run: ["fail"])),
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)", "= finished b failure",
                    "< b failure 1: it was told to fail",
                ] + failing("c") + [
                    "[rollback]"
                ] + undone("c") + undone("b") + undone("a") + [
                    "= ended failure 1", "end failure, exit 1", "a=old b=old c=old",
                ]),
            SequenceRow(
                "b runs only after a failure", three(b: .scripted("b").when("failure()")),
                ["begin", "= started", "[steps]"] + good("a") + ["- b: its condition is false", "= finished b skipped"]
                    + good("c") + ["= ended success 0", "end success, exit 0", "a=new b=old c=new"]),
        ]
    }
}
