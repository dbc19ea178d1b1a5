internal import Glibc
internal import PipelineKit
internal import Synchronization
internal import SystemPackage

/// Prints results to standard output, and everything else to standard error.
///
/// Here, and nowhere else, text leaves the process for a terminal or a CI job, so here all of it is made harmless: a line
/// may have any part from outside. A mark of a CI system that comes from two parts of a line is found nowhere else.
struct Console: Sendable {
    enum Stream: Sendable { case output, error }

    let write: @Sendable (Stream, String) -> Void
    var style: TextStyle
    /// In columns; called for each line, because a window changes its size.
    var width: @Sendable (Stream) -> Int = { _ in Console.standardWidth }
    /// The width of the window that shows a stream; nil if none does: then lines are as long as they are.
    var window: @Sendable (Stream) -> Int? = { _ in nil }
    /// Masks what nobody must see, whatever prints it.
    var secrets = SecretMasker()
    /// Nil unless standard error is a terminal that somebody may be looking at.
    var live: LiveLine?
    /// Why standard output lacks a part of what was printed; nil if it has everything.
    var lost: @Sendable () -> Errno? = { nil }

    /// The width of what is no terminal and does not say its width.
    static let standardWidth = 120

    /// Prints a result.
    func print(_ line: String) {
        emit(.output, line + "\n")
    }

    /// Prints anything else.
    func note(_ line: String) {
        emit(.error, line + "\n")
    }

    /// Prints lines, and draws another one below them if there is a live line.
    func note(_ lines: [String], thenDrawing line: String?) {
        emit(.error, lines.joined(separator: "\n") + "\n", then: line)
    }

    /// Prints a text of the program's own, byte for byte: a script, or a command to a CI system. Nothing from outside may be
    /// in it, unless it is escaped.
    func printUnchanged(_ text: String) {
        write(.output, text + "\n")
    }

    /// Prints a question, to be answered on its line.
    func ask(_ question: String) {
        write(.error, harmless(question) + " ")
    }

    /// Draws the live line, if there is one.
    func draw(_ line: String) {
        live?.show(harmless(line))
    }

    private func emit(_ stream: Stream, _ text: String, then line: String? = nil) {
        if let live {
            live.print(stream, harmless(text), then: line.map(harmless))
        } else {
            write(stream, harmless(text))
        }
    }

    private func harmless(_ text: String) -> String {
        secrets.mask(style.isColoured ? SanitizedText.cleanButStyle(text) : SanitizedText.clean(text))
    }

    /// Prints what happened, where and why, and what to type next.
    func report(_ error: any Error) {
        report(ErrorRecord(error))
    }

    func report(_ error: ErrorRecord) {
        for line in ErrorLines(style: style, width: window(.error)).lines(error) { note(line) }
    }

    static func process(_ environment: [String: String], _ secrets: SecretMasker) -> Console {
        let outputFailure = OutputFailure()
        let write: @Sendable (Stream, String) -> Void = { stream, text in
            let descriptor = stream == .output ? STDOUT_FILENO : STDERR_FILENO
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if written < 0 {
                    let failure = Errno(rawValue: errno)
                    if failure == .interrupted { continue }
                    if failure == .resourceTemporarilyUnavailable {
                        // Whoever has made the stream, and may share it, does not want to wait. Output does.
                        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                        _ = poll(&entry, 1, -1)
                        continue
                    }
                    // Nobody reads any more, or the disk is full. A run continues, and its log is in its folder.
                    if stream == .output { outputFailure.note(failure) }
                    return
                }
                rest = rest.dropFirst(written)
            }
        }
        let terminal = Terminal(environment)
        return Console(
            write: write, style: TextStyle(isColoured: terminal.isColoured), width: terminal.width,
            window: { terminal.hasWindow($0) ? terminal.width($0) : nil }, secrets: secrets,
            live: terminal.isLive ? LiveLine(write: write) : nil, lost: { outputFailure.first })
    }
}

/// The first failure to write to standard output.
private final class OutputFailure: Sendable {
    private let failure = Mutex<Errno?>(nil)

    var first: Errno? { failure.withLock(\.self) }

    func note(_ errno: Errno) { failure.withLock { $0 = $0 ?? errno } }
}

/// An error as it is printed.
struct ErrorLines {
    let style: TextStyle
    /// Of the window, in columns, in which lines break between words; nil if there is none.
    let width: Int?

    /// - Parameters:
    ///   - subject: what failed, put before the message.
    ///   - place: where the pipeline file has it.
    func lines(_ error: ErrorRecord, subject: String = "", place: String? = nil) -> [String] {
        var lines = text("error: ", painted: style.red("error:") + " ", subject + error.message)
        if let place { lines.append("   \(style.dim("-->")) \(SanitizedText.clean(place))") }
        if let help = error.help { lines += text("  help: ", painted: "  \(style.bold("help:")) ", help) }
        return lines
    }

    /// Indents further lines of a text: a child's line at the left margin would look like the runner's.
    ///
    /// - Parameter painted: the head as it is printed; as it is if left out.
    func text(_ head: String, painted: String? = nil, _ text: String) -> [String] {
        let indent = "    "
        let lines = SanitizedText.clean(text).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var first = Array(lines.prefix(1))
        // Further lines are somebody else's, or commands to be copied: they stay as they are.
        if let width, let line = first.first, head.columns + line.columns > width {
            first = line.wrappedWithWholeCommands(to: width - head.columns, below: width - indent.columns)
        }
        let all = first + lines.dropFirst()
        return [(painted ?? head) + (all.first ?? "")] + all.dropFirst().map { indent + $0 }
    }
}

/// Colours, if there is somebody to see them.
struct TextStyle: Sendable {
    var isColoured: Bool

    func red(_ text: String) -> String { paint("31;1", text) }
    func green(_ text: String) -> String { paint("32", text) }
    func yellow(_ text: String) -> String { paint("33", text) }
    func cyan(_ text: String) -> String { paint("36", text) }
    func dim(_ text: String) -> String { paint("2", text) }
    func bold(_ text: String) -> String { paint("1", text) }

    private func paint(_ code: String, _ text: String) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
