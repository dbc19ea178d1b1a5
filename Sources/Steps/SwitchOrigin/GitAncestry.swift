internal import PipelineKit
internal import Synchronization

/// Asks git in the project which of two commits came first.
struct GitAncestry: Sendable {
    let context: StepContext

    /// - Returns: nil where git cannot tell: it is not installed, the project is no checkout, or a shallow one that
    ///   lacks a commit.
    func isAncestor(_ older: String, _ newer: String) async throws -> Bool? {
        // What a manifest says is not to become an option of git's.
        guard Self.isCommit(older), Self.isCommit(newer) else { return nil }
        let command = Command(
            "git", ["merge-base", "--is-ancestor", older, newer], environment: context.environment,
            directory: context.project.folder)
        do {
            switch try await context.processes.run(command, output: { _ in }) {
            case .exited(0): return true
            case .exited(1): return false
            default: return nil
            }
        } catch is ProcessError {
            return nil
        }
    }

    private static func isCommit(_ text: String) -> Bool {
        (7...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
            }
    }
}
