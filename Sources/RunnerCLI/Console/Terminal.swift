internal import Glibc
internal import PipelineKit

/// What the process's output streams are, and what they can show.
struct Terminal {
    private let environment: [String: String]
    private let isTerminal: Bool
    init(_ environment: [String: String]) {
        self.environment = environment
        isTerminal = isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
    }

    /// Whether a window shows a stream.
    func hasWindow(_ stream: Console.Stream) -> Bool {
        isatty(stream == .output ? STDOUT_FILENO : STDERR_FILENO) == 1
    }

    /// Reads a line of standard input; nil unless it and standard error are terminals.
    static var answer: (@Sendable () async -> String?)? {
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
        return { (try? await BlockingWork.run { _ in readLine() }) ?? nil }
    }

    /// By what tools agree on: `NO_COLOR` (not empty) wins, then `FORCE_COLOR` and `CLICOLOR_FORCE` (neither empty nor
    /// `0`), then whether there is a terminal.
    var isColoured: Bool { Self.isColoured(environment, isTerminal: isTerminal) }

    static func isColoured(_ environment: [String: String], isTerminal: Bool) -> Bool {
        guard environment["NO_COLOR", default: ""].isEmpty else { return false }
        let isForced = ["FORCE_COLOR", "CLICOLOR_FORCE"].contains {
            !["", "0"].contains(environment[$0, default: ""])
        }
        return isForced || isTerminal
    }

    /// Whether a line can be drawn over: some CI systems give a terminal, and nobody looks at it.
    var isLive: Bool { isTerminal && ["", "0", "false"].contains(environment["CI", default: ""]) }

    /// The window's width; off a terminal `COLUMNS`, if it is a sane number.
    var width: @Sendable (Console.Stream) -> Int {
        let named = Int(environment["COLUMNS", default: ""]).flatMap { (20...10_000).contains($0) ? $0 : nil }
        let hasWindow = (output: isatty(STDOUT_FILENO) == 1, error: isatty(STDERR_FILENO) == 1)
        return { stream in
            let (descriptor, hasWindow) =
                stream == .output ? (STDOUT_FILENO, hasWindow.output) : (STDERR_FILENO, hasWindow.error)
            guard hasWindow else { return named ?? Console.standardWidth }
            var size = winsize()
            if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return max(20, Int(size.ws_col)) }
            return named ?? Console.standardWidth
        }
    }
}
