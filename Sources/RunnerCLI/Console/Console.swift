internal import Glibc
internal import PipelineKit

/// Where commands print: results to standard output, everything else to standard error.
struct Console: Sendable {
    enum Stream: Sendable { case output, error }

    let write: @Sendable (Stream, String) -> Void
    let style: TextStyle

    /// Prints a result.
    func print(_ line: String) {
        write(.output, line + "\n")
    }

    /// Prints anything else.
    func note(_ line: String) {
        write(.error, line + "\n")
    }

    /// Prints what happened, where and why, and what to type next.
    func report(_ error: any Error) {
        report(ErrorRecord(error))
    }

    func report(_ error: ErrorRecord) {
        note("\(style.red("error:")) \(PlainText.clean(error.message))")
        if let help = error.help { note("  \(style.bold("help:")) \(PlainText.clean(help))") }
    }

    static func process(_ environment: [String: String]) -> Console {
        let hasColour =
            isatty(STDERR_FILENO) == 1 && environment["NO_COLOR", default: ""].isEmpty
            && environment["TERM"] != "dumb"
        return Console(
            write: { stream, text in
                let descriptor = stream == .output ? STDOUT_FILENO : STDERR_FILENO
                var rest = Array(text.utf8)[...]
                while !rest.isEmpty {
                    let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                    // Nobody reads any more; the run goes on, and its log is in its folder.
                    if written < 0 && errno != EINTR { return }
                    rest = rest.dropFirst(max(0, written))
                }
            },
            style: TextStyle(isColoured: hasColour))
    }
}

/// Colours, where there is somebody to see them.
struct TextStyle: Sendable {
    var isColoured: Bool

    func red(_ text: String) -> String { paint("31;1", text) }
    func green(_ text: String) -> String { paint("32", text) }
    func yellow(_ text: String) -> String { paint("33", text) }
    func dim(_ text: String) -> String { paint("2", text) }
    func bold(_ text: String) -> String { paint("1", text) }

    private func paint(_ code: String, _ text: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

/// Text from children, servers and file names, made harmless for a terminal and for a CI system's log.
enum PlainText {
    /// Control characters become `\u{…}` escapes, but for line breaks and tabs.
    static func clean(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                out += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func isControl(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
