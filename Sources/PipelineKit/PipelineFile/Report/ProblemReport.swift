public import SystemPackage

/// Problems in a form for people: the place, the message, the line with a caret under the place, and what to do.
public struct ProblemReport: Sendable {
    /// The number of problems shown; more are only counted.
    static let most = 100
    /// The greatest length of messages and help in characters, since they contain values from the file.
    static let longest = 600

    private let problems: [Problem]
    private let path: FilePath
    private let source: SourceText

    /// - Parameter bytes: the file's content, as the reader got it.
    public init(_ problems: [Problem], path: FilePath, bytes: [UInt8]) {
        self.problems = problems
        self.path = path
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        source = SourceText(String(decoding: body.prefix(SourceText.largest), as: UTF8.self))
    }

    /// Returns several lines, each with its end; empty if there is no problem.
    ///
    /// - Parameter colour: true to use the escape codes of terminals.
    public func text(colour: Bool = false) -> String {
        guard !problems.isEmpty else { return "" }
        let style = Style(isOn: colour)
        var lines: [String] = []
        for problem in problems.prefix(Self.most) { lines += describe(problem, style) }
        lines.append(count)
        return lines.map { $0 + "\n" }.joined()
    }

    private func describe(_ problem: Problem, _ style: Style) -> [String] {
        var place = "\(path)"
        if let mark = problem.mark { place += ":\(mark.line):\(mark.column)" }
        let severity = style.severity(problem.severity)
        var lines = ["\(Self.line(place)): \(severity): \(style.bold(Self.line(problem.message)))"]
        if problem.showsLine, let mark = problem.mark, let excerpt = SourceExcerpt(source, at: mark) {
            lines.append("    \(excerpt.line)")
            lines.append("    \(excerpt.indent)\(style.caret)")
        }
        if let help = problem.help { lines.append("  help: \(Self.line(help))") }
        return lines
    }

    private var count: String {
        let warnings = problems.count { $0.severity == .warning }
        let noun = warnings == problems.count ? "warning" : "problem"
        var text = "\(problems.count) \(noun)\(problems.count == 1 ? "" : "s") in \(Self.line("\(path)"))"
        if warnings > 0, warnings < problems.count {
            text += ", of which \(warnings) \(warnings == 1 ? "is a warning" : "are warnings")"
        }
        if problems.count > Self.most { text += "; the first \(Self.most) are shown" }
        return text
    }

    /// Makes a text one line without anything that a terminal would act on.
    private static func line(_ text: String) -> String {
        let start = text.prefix(longest)
        let line = start.unicodeScalars.map(\.escapedForMessage).joined()
        return start.endIndex < text.endIndex ? line + "…" : line
    }

    /// Escape codes, or nothing.
    private struct Style {
        var isOn: Bool

        func severity(_ severity: Problem.Severity) -> String {
            wrap(severity.rawValue, in: severity == .error ? "1;31" : "1;33")
        }
        func bold(_ text: String) -> String { wrap(text, in: "1") }
        var caret: String { wrap("^", in: "1;32") }

        private func wrap(_ text: String, in code: String) -> String {
            isOn ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
        }
    }
}
