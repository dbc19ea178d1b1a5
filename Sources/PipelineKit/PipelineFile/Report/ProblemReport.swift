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
    /// - Parameters:
    ///   - colour: true to use the escape codes of terminals.
    ///   - width: of the window, in columns, to which lines of the file are cut; nil if there is none.
    ///   - breaking: breaks a sentence into lines, given the columns that are taken before its first line, and before
    ///     each of the others.
    public func text(
        colour: Bool = false, width: Int? = nil, breaking: Breaking = { text, _, _ in [text] }
    ) -> String {
        guard !problems.isEmpty else { return "" }
        let style = Style(isOn: colour)
        var lines: [String] = []
        for problem in problems.prefix(Self.most) { lines += describe(problem, style, width, breaking) }
        lines.append(count)
        return lines.map { $0 + "\n" }.joined()
    }

    public typealias Breaking = (_ text: String, _ first: Int, _ others: Int) -> [String]

    private func describe(_ problem: Problem, _ style: Style, _ width: Int?, _ breaking: Breaking) -> [String] {
        var place = "\(path)"
        if let mark = problem.mark { place += ":\(mark.line):\(mark.column)" }
        let severity = style.severity(problem.severity)
        let margin = "    "
        let head = "\(Self.line(place)): \(problem.severity.rawValue): "
        let message = breaking(Self.line(problem.message), head.count, margin.count)
        var lines = ["\(Self.line(place)): \(severity): \(style.bold(message.first ?? ""))"]
        lines += message.dropFirst().map { margin + style.bold($0) }
        // With the marks of what is cut off at both ends.
        let widest = min(SourceExcerpt.widest, max(20, (width ?? .max) - margin.count - 2))
        if problem.showsLine, let mark = problem.mark, let excerpt = SourceExcerpt(source, at: mark, widest: widest) {
            lines.append("    \(excerpt.line)")
            lines.append("    \(excerpt.indent)\(style.caret)")
        }
        if let help = problem.help {
            let text = breaking(Self.line(help), "  help: ".count, margin.count)
            lines.append("  help: \(text.first ?? "")")
            lines += text.dropFirst().map { margin + $0 }
        }
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
