internal import PipelineKit
internal import Synchronization

/// Keeps the last lines of a command for the message of its failure: those of standard error, or if there are none,
/// those of standard output.
final class OutputTail: Sendable {
    private static let length = 5

    private let kept = Mutex<(output: [String], error: [String])>(([], []))

    func add(_ line: String, of stream: OutputLine.Stream) {
        guard !line.isEmpty else { return }
        let line = line.count > 300 ? line.prefix(300) + "…" : line
        kept.withLock { kept in
            switch stream {
            case .output: kept.output = kept.output.suffix(Self.length - 1) + [line]
            case .error: kept.error = kept.error.suffix(Self.length - 1) + [line]
            }
        }
    }

    var lines: [String] {
        kept.withLock { $0.error.isEmpty ? $0.output : $0.error }
    }
}
