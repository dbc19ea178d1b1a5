import PipelineKit
import Testing

@testable import ExecStep

@Suite struct OutputFileTests {
    private func texts(_ names: [String]) -> DeclaredOutputs {
        DeclaredOutputs(names.map { .init(name: $0, type: .string) })
    }

    private func parse(_ text: String, _ declared: String...) throws -> [String: Value] {
        try OutputFile.parse(Array(text.utf8), declared: texts(declared))
    }

    private func error(_ text: String, _ declared: String...) -> StepError? {
        #expect(throws: StepError.self) { try OutputFile.parse(Array(text.utf8), declared: texts(declared)) }
    }

    @Test(
        arguments: [
            ("3", .integer, 3), (" 3 ", .integer, 3), ("-3", .integer, -3), ("3.5", .integer, nil), ("", .integer, nil),
            ("3 4", .integer, nil), ("three", .integer, nil), ("3", .number, 3), ("2.5", .number, .number(2.5)),
            ("1e3", .number, .number(1000)), ("nan", .number, nil), ("inf", .number, nil), ("0x10", .number, nil),
            ("true", .boolean, true), ("false", .boolean, false), ("yes", .boolean, nil), ("1", .boolean, nil),
            (" 3 ", .string, " 3 "), ("true", .string, "true"),
        ] as [(String, PipelineInput.Kind, Value?)])
    func valuesAreOfTheDeclaredType(text: String, type: PipelineInput.Kind, value: Value?) throws {
        let declared = DeclaredOutputs([.init(name: "a", type: type)])
        let bytes = Array("a=\(text)\n".utf8)
        if let value {
            #expect(try OutputFile.parse(bytes, declared: declared) == ["a": value])
        } else {
            let error = #expect(throws: StepError.self) { try OutputFile.parse(bytes, declared: declared) }
            #expect(error?.code == "bad-output" && error?.message.contains("`\(text)` as its output `a`") == true)
        }
    }

    @Test func linesAndBlocksAreRead() throws {
        let text = """
            url=https://example.com/?a=b

            notes<<END
            one
            two=2

            END
            empty=
            none<<X
            X
            """
        #expect(
            try parse(text, "url", "notes", "empty", "none") == [
                "url": "https://example.com/?a=b", "notes": "one\ntwo=2\n", "empty": "", "none": "",
            ])
        #expect(try parse("") == [:])
    }

    @Test func lineEndsMayHaveACarriageReturn() throws {
        #expect(try parse("a=1\r\nb<<E\r\nx\r\nE\r\n", "a", "b") == ["a": "1", "b": "x"])
        #expect(try parse("a=\u{301}x\n", "a") == ["a": "\u{301}x"])
    }

    @Test func theLastValueOfANameCounts() throws {
        #expect(try parse("a=1\na=2\n", "a") == ["a": "2"])
        #expect(try parse("a=x<<y", "a") == ["a": "x<<y"])
    }

    @Test(arguments: ["nonsense", "a<b", "a<<\nb\n", "a<<END\nno end\n"])
    func whatIsNoOutputIsRefused(text: String) {
        #expect(error(text, "a")?.code == "bad-output")
    }

    @Test func bytesThatAreNoTextAreRefused() {
        #expect(throws: StepError.self) { try OutputFile.parse([0x61, 0x3D, 0xFF], declared: texts(["a"])) }
    }

    @Test func namesMustBeDeclaredAndWritten() {
        #expect(error("ulr=x", "url")?.code == "unknown-output")
        #expect(error("ulr=x", "url")?.help == "did you mean `url`?")
        #expect(error("a=1", "a", "url")?.code == "missing-output")
        #expect(error("a=1", "a", "url")?.message.contains("`url`") == true)
    }

    @Test func namesAreKebabCase() {
        #expect(["a", "a-b", "a1"].allSatisfy(OutputFile.isName))
        #expect(!["", "A", "1a", "-a", "a_b", "a b", "ä"].contains(where: OutputFile.isName))
    }

    @Test func aSecretIsHiddenBeforeTheLineIsCut() {
        // It would begin before the hundredth character and end behind it.
        let line = String(repeating: "x", count: 95) + "hunter2-hunter2"
        let error = #expect(throws: StepError.self) {
            try OutputFile.parse(Array(line.utf8), declared: texts([])) { $0.replacing("hunter2-hunter2", with: "***") }
        }
        #expect(error?.message.contains("hunt") == false)
        #expect(error?.message.contains("x***`") == true)
    }
}
