internal import Glibc
internal import PipelineKit

/// Where commands print: results to standard output, everything else to standard error.
struct Console: Sendable {
    enum Stream: Sendable { case output, error }

    let write: @Sendable (Stream, String) -> Void
    var style: TextStyle
    /// In columns, asked anew for each line: a window changes its size.
    var width: @Sendable (Stream) -> Int = { _ in Console.standardWidth }
    /// Where standard error is a terminal that somebody may be looking at.
    var live: LiveLine?

    /// Of what is no terminal and says nothing of its width.
    static let standardWidth = 120

    /// Prints a result.
    func print(_ line: String) {
        emit(.output, line + "\n")
    }

    /// Prints anything else.
    func note(_ line: String) {
        emit(.error, line + "\n")
    }

    /// Prints a question, to be answered on its line.
    func ask(_ question: String) {
        write(.error, question + " ")
    }

    private func emit(_ stream: Stream, _ text: String) {
        if let live { live.print(stream, text) } else { write(stream, text) }
    }

    /// Prints what happened, where and why, and what to type next.
    func report(_ error: any Error) {
        report(ErrorRecord(error))
    }

    func report(_ error: ErrorRecord) {
        for line in ErrorLines(style: style).lines(error) { note(line) }
    }

    static func process(_ environment: [String: String]) -> Console {
        let write: @Sendable (Stream, String) -> Void = { stream, text in
            let descriptor = stream == .output ? STDOUT_FILENO : STDERR_FILENO
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                // Nobody reads any more; the run goes on, and its log is in its folder.
                if written < 0 && errno != EINTR { return }
                rest = rest.dropFirst(max(0, written))
            }
        }
        let terminal = Terminal(environment)
        return Console(
            write: write, style: TextStyle(isColoured: terminal.isColoured), width: terminal.width,
            live: terminal.isLive ? LiveLine(write: write) : nil)
    }
}

/// An error as it is printed.
struct ErrorLines {
    let style: TextStyle

    /// - Parameter subject: what failed, put before the message.
    func lines(_ error: ErrorRecord, subject: String = "") -> [String] {
        var lines = text("\(style.red("error:")) \(subject)", error.message)
        if let help = error.help { lines += text("  \(style.bold("help:")) ", help) }
        return lines
    }

    /// Further lines of a text are indented: a line of a child's own at the left margin would look like the runner's.
    func text(_ head: String, _ text: String) -> [String] {
        let lines = SanitizedText.clean(text).split(separator: "\n", omittingEmptySubsequences: false)
        return [head + (lines.first ?? "")] + lines.dropFirst().map { "    " + $0 }
    }
}
