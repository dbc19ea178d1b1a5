import PipelineKit
import TestSupport
import Testing

/// A run of three steps, and everything that happens in it.
struct SequenceRow: Sendable, CustomTestStringConvertible {
    var name: String
    var run: TestRun
    /// Noted by the journal's file (`= …`, when a record is durable), by the steps (`a.run(old)`) and by the events; the
    /// last line is the world at the end.
    var lines: [String]

    init(_ name: String, _ run: TestRun, _ lines: [String]) {
        self.name = name
        self.run = run
        self.lines = lines
    }

    var testDescription: String { name }
}

/// What is noted of a step that changes something and goes well.
func good(_ id: String) -> [String] {
    [
        "> \(id)", "\(id).prepare", "  \(id) would: replace \(id)", "= prepared \(id)", "\(id).run(old)",
        "= finished \(id) success", "< \(id) success 1",
    ]
}

/// What is noted of a step that changes something and then fails, until the run goes back.
func failing(_ id: String) -> [String] {
    [
        "> \(id)", "\(id).prepare", "  \(id) would: replace \(id)", "= prepared \(id)", "\(id).run(old)",
        "< \(id) failure 1: it was told to fail", "= failed failure at \(id)", "failed: failure at \(id)",
    ]
}

/// What is noted of a step that changes nothing and goes well.
func looked(_ id: String) -> [String] {
    [
        "> \(id)", "\(id).prepare", "  \(id) would: ", "= prepared \(id)", "\(id).run(nothing)",
        "= finished \(id) success", "< \(id) success 1",
    ]
}

func undone(_ id: String) -> [String] {
    ["> undo \(id)", "\(id).rollback(old)", "= rolled-back \(id)", "< undo \(id)"]
}

/// Makes a run of three steps that change something and go well, except for those that are given.
func three(
    a: PipelineStep = .scripted("a"), b: PipelineStep = .scripted("b"), c: PipelineStep = .scripted("c"),
    finally: [PipelineStep] = [], _ change: (inout TestRun) -> Void = { _ in }
) -> TestRun {
    var run = TestRun([a, b, c], finally: finally)
    run.world = ["a": "old", "b": "old", "c": "old"]
    change(&run)
    return run
}

extension PipelineStep {
    /// A step of `finally` at which a signal comes.
    static var late: PipelineStep {
        .scripted("d", effect: .observing, run: ["signal deaf"]) { $0.condition = .always }
    }

    /// A step of `finally` that reads the outside world.
    static func final(
        _ id: String, prepare: [String] = [], run: [String] = [], if condition: String = "always()",
        _ change: (inout PipelineStep) -> Void = { _ in }
    ) throws -> PipelineStep {
        var step = scripted(id, effect: .observing, prepare: prepare, run: run, change)
        step.condition = try Condition(parsing: condition, in: .always)
        return step
    }
}
