import HTTP
import PipelineKit
import RegularExpressions
import TestSupport
import Testing

@testable import SmokeStep

@Suite struct ExpectationTests {
    /// Otherwise a deploy could neither be finished nor taken back.
    @Test func aSearchThatTakesTooMuchWorkFailsTheCheck() throws {
        let expression = try RegularExpression("a[ab]{50}c", budget: 1_000)
        let response = HTTPResponse(
            status: 200, headers: ["x": "abbaabab"], body: Array(String(repeating: "abbaabab", count: 50).utf8),
            effectiveURL: page, timings: .init(firstByte: .zero, total: .zero))
        let answer = Answer(response, nil)
        let pattern = Pattern(expression: expression)
        let found = try Expectation.matches(pattern).mismatch(in: answer, until: CancellationFlag())
        #expect(found?.expected == "the body to match `a[ab]{50}c`")
        #expect(found?.got.hasPrefix("none up to byte ") == true)
        #expect(found?.got.contains("where the search was given up: it takes too much work (") == true)
    }

    @Test func aRaisedFlagEndsTheLooks() throws {
        let flag = CancellationFlag()
        flag.raise()
        let response = HTTPResponse(
            status: 200, effectiveURL: page, timings: .init(firstByte: .zero, total: .zero))
        #expect(throws: CancellationError.self) {
            try Expectation.contains("x").mismatch(in: Answer(response, nil), until: flag)
        }
    }
}
