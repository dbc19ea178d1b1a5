import PipelineKit
import TestSupport
import Testing

extension SequenceRow {
    static func journal() -> [SequenceRow] {
        [
            SequenceRow(
                "the first record cannot be written", three { $0.faults = [1: .append] },
                ["begin", "failed: failure", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "prepared cannot be written", three { $0.faults = [4: .append] },
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "< b failure 1: no space is left",
                    "= failed failure at b", "failed: failure at b", "[rollback]",
                ] + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "prepared cannot be made durable", three { $0.faults = [4: .sync] },
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "< b failure 1: no space is left",
                    "= failed failure at b", "failed: failure at b", "[rollback]",
                ] + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "finished cannot be made durable", three { $0.faults = [3: .sync] },
                [
                    "begin", "= started", "[steps]", "> a", "a.prepare", "  a would: replace a", "= prepared a",
                    "a.run(old)", "= failed failure", "failed: failure", "[rollback]",
                ] + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "failed cannot be written", three(b: .scripted("b", run: ["fail"])) { $0.faults = [5: .append] },
                ["begin", "= started", "[steps]"] + good("a") + [
                    "> b", "b.prepare", "  b would: replace b", "= prepared b", "b.run(old)",
                    "< b failure 1: it was told to fail",
                    "warning run: the journal could not be written: no space is left", "failed: failure at b",
                    "[rollback]",
                ] + undone("b") + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
            SequenceRow(
                "rolled-back cannot be made durable",
                three(b: .scripted("b", run: ["fail"])) { $0.faults = [6: .sync] },
                ["begin", "= started", "[steps]"] + good("a") + failing("b") + [
                    "[rollback]",
                    "> undo b", "b.rollback(old)", "warning run: the journal could not be written: no space is left",
                    "< undo b",
                ] + undone("a") + ["= ended failure 1", "end failure, exit 1", "a=old b=old c=old"]),
        ]
    }
}
