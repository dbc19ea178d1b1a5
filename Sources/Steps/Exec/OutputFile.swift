internal import PipelineKit
internal import SystemPackage
internal import TextCoding

/// The file to which a command writes its outputs: `name=value` lines, and for values of several lines
///
///     name<<END
///     first line
///     second line
///     END
///
/// Any word can take the place of `END`. If a name comes twice, its last value counts.
enum OutputFile {
    /// In bytes.
    static let limit = 1 << 20

    /// Returns the values, each of its declared type.
    ///
    /// - Parameter mask: hides secrets in what a message quotes.
    /// - Throws: `StepError` `bad-output`, `unknown-output`, `missing-output`, each with what to write instead.
    static func read(
        _ path: FilePath, declared: DeclaredOutputs, mask: (String) -> String = { $0 }
    ) throws -> [String: Value] {
        let bytes: [UInt8]
        do {
            bytes = try DurableFile.read(path, limit: limit)
        } catch let error as FileError where error.errno == .fileTooLarge {
            throw StepError(
                "bad-output", "the command wrote more than 1 MiB to $RUNNER_OUTPUT",
                help: "write large data to a file, and its path to $RUNNER_OUTPUT")
        }
        return try parse(bytes, declared: declared, mask: mask)
    }

    static func parse(
        _ bytes: [UInt8], declared: DeclaredOutputs, mask: (String) -> String = { $0 }
    ) throws -> [String: Value] {
        let names = declared.declarations.map(\.name)
        let texts = try texts(bytes, declared: names, mask: mask)
        var values: [String: Value] = [:]
        for output in declared.declarations {
            let text = texts[output.name] ?? ""
            guard let value = output.value(of: text) else { throw mistyped(output, text, mask) }
            values[output.name] = value
        }
        return values
    }

    private static func texts(
        _ bytes: [UInt8], declared: [String], mask: (String) -> String
    ) throws -> [String: String] {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StepError("bad-output", "the command wrote bytes to $RUNNER_OUTPUT that are not UTF-8")
        }
        var values: [String: String] = [:]
        // Scalar by scalar: CR LF is one `Character`, and so is `=` with an accent after it.
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { Substring($0.last == "\r" ? $0.dropLast() : $0) }[...]
        while let line = lines.popFirst() {
            if line.isEmpty { continue }
            guard let mark = line.unicodeScalars.firstIndex(where: { $0 == "=" || $0 == "<" }) else {
                throw unreadable(line, mask)
            }
            let name = String(line[..<mark])
            let rest = line.unicodeScalars[mark...]
            if rest.first == "=" {
                values[name] = String(Substring(rest.dropFirst()))
            } else {
                let end = Substring(rest.dropFirst(2))
                guard rest.starts(with: "<<".unicodeScalars), !end.isEmpty else { throw unreadable(line, mask) }
                values[name] = try heredoc(&lines, until: end, name)
            }
            guard declared.contains(name) else { throw unknown(name, declared) }
        }
        for name in declared where values[name] == nil {
            throw StepError(
                "missing-output", "the command did not write its output `\(name)`",
                help: "let it run `echo \"\(name)=value\" >> \"$RUNNER_OUTPUT\"`, or remove the name from `outputs`")
        }
        return values
    }

    static func isName(_ text: String) -> Bool {
        guard text.utf8.first?.isASCIILowercase == true else { return false }
        return text.utf8.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit || $0 == UInt8(ascii: "-") }
    }

    private static func heredoc(
        _ lines: inout ArraySlice<Substring>, until end: Substring, _ name: String
    ) throws -> String {
        var value: [Substring] = []
        while let line = lines.popFirst() {
            if line == end { return value.joined(separator: "\n") }
            value.append(line)
        }
        throw StepError(
            "bad-output", "the value of `\(SanitizedLine.clean(name))` in $RUNNER_OUTPUT has no end",
            help: "write a line with nothing but `\(SanitizedLine.clean(String(end)))` after it")
    }

    private static func unreadable(_ line: Substring, _ mask: (String) -> String) -> StepError {
        StepError(
            "bad-output", "`\(mask(SanitizedLine.clean(String(line))).prefix(100))` in $RUNNER_OUTPUT is not an output",
            help: "write `name=value` lines, or `name<<END`, the value and `END`, each on lines of their own")
    }

    private static func mistyped(
        _ output: DeclaredOutputs.Declaration, _ text: String, _ mask: (String) -> String
    ) -> StepError {
        let (wanted, example) =
            switch output.type {
            case .string: ("text", "\(output.name)=text")
            case .integer: ("a whole number", "\(output.name)=3")
            case .number: ("a number", "\(output.name)=2.5")
            case .boolean: ("`true` or `false`", "\(output.name)=true")
            }
        let shown = mask(SanitizedLine.clean(text)).prefix(100)
        return StepError(
            "bad-output", "the command wrote `\(shown)` as its output `\(output.name)`, which must be \(wanted)",
            help: "write a line such as `\(example)`, or declare the output as `string`")
    }

    private static func unknown(_ name: String, _ declared: [String]) -> StepError {
        let shown = SanitizedLine.clean(name)
        let help =
            Suggestion.nearest(to: name, among: declared).map { "did you mean `\($0)`?" }
            ?? "add it to `outputs`, so that later steps can be checked"
        return StepError("unknown-output", "the command wrote the output `\(shown)`, which is not declared", help: help)
    }
}
