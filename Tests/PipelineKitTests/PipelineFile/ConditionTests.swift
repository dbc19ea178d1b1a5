import PipelineKit
import Testing

@Suite struct ConditionTests {
    @Test(
        arguments: [
            ("inputs.on", .steps, .success, true), ("inputs.on", .steps, .failure, false),
            ("inputs.on", .always, .failure, true), ("inputs.off", .always, .success, false),
            ("failure()", .steps, .failure, true), ("failure()", .steps, .timeout, true),
            ("failure()", .steps, .success, false), ("failure()", .always, .cancelled, false),
            ("cancelled()", .steps, .cancelled, true), ("always() && inputs.on", .steps, .failure, true),
            ("!success()", .steps, .timeout, true), ("inputs.nothing", .steps, .success, false),
            ("${{ inputs.on }}", .steps, .success, true), (" ${{ inputs.off }} ", .steps, .success, false),
        ] as [(String, Condition.Position, RunOutcome, Bool)])
    func impliesTheStatusOfItsPlace(
        _ text: String, _ position: Condition.Position, _ status: RunOutcome, _ expected: Bool
    ) throws {
        let scope = Scope(inputs: ["on": true, "off": false], status: status)
        #expect(try Condition(parsing: text, in: position).evaluate(in: scope) == expected)
    }

    @Test(arguments: [RunOutcome.success, .failure, .timeout, .cancelled])
    func withoutAnIf(_ status: RunOutcome) throws {
        let scope = Scope(status: status)
        #expect(try Condition.success.evaluate(in: scope) == (status == .success))
        #expect(try Condition.always.evaluate(in: scope))
    }

    @Test func otherTypesAreNoCondition() {
        #expect(throws: ExpressionError.self) {
            try Condition(parsing: "inputs.n", in: .steps).evaluate(in: Scope(inputs: ["n": 1]))
        }
        #expect(throws: ExpressionError.self) { try Condition(parsing: "a ${{ true }}", in: .steps) }
        #expect(throws: ExpressionError.self) { try Condition(parsing: "${{ true }}${{ true }}", in: .steps) }
    }

    @Test func equalHoweverItIsSpaced() throws {
        #expect(
            try Condition(parsing: "inputs.a=='x'", in: .steps)
                == Condition(parsing: "${{  inputs.a == 'x' }}", in: .steps))
        #expect(try Condition(parsing: "inputs.a", in: .steps) != Condition(parsing: "inputs.b", in: .steps))
    }
}
