internal import Synchronization

/// The last line of a terminal, drawn over again and again; what is printed goes above it.
///
/// The cursor is never hidden, so that a killed process leaves nothing to put right.
final class LiveLine: Sendable {
    private let write: @Sendable (Console.Stream, String) -> Void
    // Held during writes, because it guards the terminal.
    private let drawn = Mutex("")

    private static let erase = "\r\u{1B}[K"

    init(write: @escaping @Sendable (Console.Stream, String) -> Void) {
        self.write = write
    }

    /// Draws a line over the one before, unless it is the same. An empty line erases it.
    func show(_ line: String) {
        drawn.withLock { drawn in
            guard line != drawn else { return }
            write(.error, Self.erase + line)
            drawn = line
        }
    }

    /// - Parameters:
    ///   - text: whole lines.
    ///   - line: what is drawn below them; nil leaves it as it was.
    func print(_ stream: Console.Stream, _ text: String, then line: String? = nil) {
        drawn.withLock { drawn in
            let erase = drawn.isEmpty ? "" : Self.erase
            drawn = line ?? drawn
            if stream == .error {
                write(.error, erase + text + drawn)
            } else {
                if !erase.isEmpty { write(.error, erase) }
                write(stream, text)
                if !drawn.isEmpty { write(.error, drawn) }
            }
        }
    }
}
