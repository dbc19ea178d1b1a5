import Testing

@testable import PipelineKit

@Suite struct ExpressionTests {
    private static let scope = Scope(
        inputs: ["keep": 3, "ratio": .number(2.5), "name": "site", "dry": false],
        vars: ["store": "file:///srv", "hostile": "${{ inputs.name }}"], secrets: ["hook": "s3cret"],
        environment: ["CI": "true"], runID: "r-1", pipeline: "deploy",
        steps: [
            "tag": .init(outcome: .success, outputs: ["version": "v1", "list": ["a", "b"], "dirty": true]),
            "skip": .init(outcome: .skipped),
        ], status: .failure)

    @Test(
        arguments: [
            ("1", 1), ("-2", -2), ("1.5", .number(1.5)), ("true", true), ("null", .null), ("'it''s'", "it's"),
            ("''", ""),
            ("inputs.keep", 3), ("vars.store", "file:///srv"), ("secrets.hook", "s3cret"), ("env.CI", "true"),
            ("env.NOT_SET", .null), ("run.id", "r-1"), ("run.pipeline", "deploy"), ("steps.tag.outputs.version", "v1"),
            ("steps.tag.outcome", "success"), ("steps.skip.outputs.version", .null), ("steps.skip.outcome", "skipped"),
            ("steps.never.outcome", .null),
            // Precedence: ! before comparison before && before ||.
            ("true || false && false", true), ("(true || false) && false", false), ("!false && false", false),
            ("!(false && false)", true), ("!inputs.dry == true", true), ("1 == 1 && 2 > 1", true),
            ("'a' == 'a'", true), ("'a' == 'A'", false), ("'a' != 'b'", true), ("1 == 1.0", true), ("2.5 > 2", true),
            ("inputs.keep < 4", true), ("inputs.keep <= 3", true), ("inputs.keep >= 4", false),
            ("3 > inputs.ratio", true),
            ("env.NOT_SET == null", true), ("null < 3", false), ("null == 0", false),
            ("steps.skip.outputs.version || 'none'", "none"), ("inputs.name || 'none'", "site"),
            ("contains('abc', 'b')", true), ("contains('abc', 'd')", false), ("contains('abc', '')", true),
            ("contains(steps.tag.outputs.list, 'b')", true), ("contains(steps.tag.outputs.list, 'c')", false),
            ("startsWith('v1.2', 'v1')", true), ("endsWith('v1.2', '.2')", true), ("endsWith('2', '1.2')", false),
            ("format('{1}-{0}{{}}', 1, 'a')", "a-1{}"), ("success()", false), ("failure()", true), ("always()", true),
            ("cancelled()", false), ("success( ) || failure()", true),
        ] as [(String, Value)])
    func computes(_ text: String, _ value: Value) throws {
        #expect(try ExpressionParser.parse(text).value(in: Self.scope) == value)
    }

    @Test(arguments: [
        ("", "the expression is empty"), ("1 +", "`+` has no meaning in an expression"),
        ("inputs.", "expected a name after `.`, found the end of the expression"),
        ("(1", "the parenthesis is not closed"), ("'a", "a text in single quotes does not end"),
        ("\"a\"", "`\"` has no meaning in an expression"), ("1 == 2 == 3", "a comparison of a comparison"),
        ("1 2", "expected an operator, found the number 2"), ("== 1", "expected a value, found `==`"),
        ("12ab", "`12ab` is not a number"), ("0x10", "`0x10` is not a number"),
        ("contain('a', 'b')", "there is no function `contain`"), ("contains('a')", "`contains` does not take 1 value"),
        ("success(1)", "`success` does not take 1 value"),
        ("contains('a' 'b')", "expected `,` or `)` in the call of `contains`, found the text 'b'"),
        ("a = b", "`=` has no meaning in an expression"), ("a\u{7}", "`\\u{7}` has no meaning in an expression"),
    ])
    func refuses(_ text: String, _ message: String) {
        #expect(fault { try ExpressionParser.parse(text) }?.message == message)
    }

    @Test(arguments: [
        ("contains(1, format('{1}', 2))", "`format` has {1} in its text, but only 1 value after it"),
        ("format('{', 1)", "a brace in the text of `format` has no number"),
        ("format('}', 1)", "a brace in the text of `format` has no number"),
        ("format('{-1}', 1)", "a brace in the text of `format` has no number"),
        ("inputs.name == 1", "text is compared with a whole number"), ("'a' < 'b'", "text is compared with text"),
        ("!inputs.name", "expected true or false, found text"),
        ("1 && true", "expected true or false, found a whole number"),
    ])
    func failsWhenComputed(_ text: String, _ message: String) {
        #expect(fault { try ExpressionParser.parse(text).value(in: Self.scope) }?.message == message)
    }

    @Test func depthHasALimitAndLengthHasNone() throws {
        let deep = { (count: Int) in String(repeating: "(", count: count) + "1" + String(repeating: ")", count: count) }
        #expect(try ExpressionParser.parse(deep(31)).value(in: Self.scope) == 1)
        for text in [deep(32), deep(100_000), String(repeating: "!", count: 100_000) + "true"] {
            #expect(fault { try ExpressionParser.parse(text) }?.message == "the expression is nested deeper than 32")
        }
        let long = Array(repeating: "true", count: 20_000).joined(separator: " && ")
        #expect(try ExpressionParser.parse(long).value(in: Self.scope) == true)
    }

    @Test func aResultIsNeverScannedAgain() throws {
        let node = Node(.deferred(expression: "${{ vars.hostile }}", type: nil), at: SourceMark(line: 1, column: 1))
        let once = try node.expanded(in: Self.scope)
        #expect(once.content == .scalar("${{ inputs.name }}", plain: false))
        #expect(try once.expanded(in: Self.scope) == once)
    }

    @Test(
        arguments: [
            ("${{ inputs.keep }}", 3), ("${{inputs.keep}}", 3), ("keep ${{ inputs.keep }}", "keep 3"),
            ("${{ inputs.dry }}${{ inputs.keep }}", "false3"), ("${{ env.NOT_SET }}", .null),
            ("a${{ env.NOT_SET }}b", "ab"),
            ("${{ '}}' }}", "}}"), ("${{ '${{' }}", "${{"), ("$ {{ }} ${", "$ {{ }} ${"),
            ("${{ steps.tag.outputs.list }}", ["a", "b"]), ("l: ${{ steps.tag.outputs.list }}", "l: [\"a\",\"b\"]"),
        ] as [(String, Value)])
    func templatesKeepTheTypeOfASingleExpression(_ text: String, _ value: Value) throws {
        #expect(try Template(text).value(in: Self.scope) == value)
    }

    @Test(arguments: [
        ("a ${{ b", "`${{` is not closed"), ("${{ 'a }}", "a text in single quotes does not end"),
        ("${{ }}", "the expression is empty"),
    ])
    func brokenTemplates(_ text: String, _ message: String) {
        #expect(fault { try Template(text) }?.message == message)
    }

    @Test func errorsNameThePlace() {
        let node = Node(.deferred(expression: "${{ inputs.name == 1 }}", type: nil), at: SourceMark(line: 7, column: 3))
        #expect(throws: ExpressionError.self) { try node.expanded(in: Self.scope) }
        do {
            _ = try node.expanded(in: Self.scope)
        } catch {
            #expect("\(error)" == "line 7, column 3: text is compared with a whole number")
        }
    }

    private func fault<Result>(_ body: () throws -> Result) -> ExpressionFault? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? ExpressionFault
        }
    }
}
