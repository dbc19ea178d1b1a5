import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Types what a message advises.
extension CommandProject {
    /// The texts between back quotes that begin so.
    static func commands(_ beginning: String, in text: String) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { !$0.offset.isMultiple(of: 2) && $0.element.hasPrefix(beginning) }.map { String($0.element) }
    }

    /// Help about a path of the project that may not be used, with `~` for the project's folder.
    func helpForDenied(_ name: String) -> String {
        var parts: [String] = []
        for path in [folder.path, FilePath(name)] {
            var part = FilePath(path.isAbsolute ? "/" : "~")
            for component in path.components {
                part.append(component)
                parts.append(part.string)
            }
        }
        let words = parts.map { $0 == folder.path.string ? "~" : ($0.contains(" ") ? "'\($0)'" : $0) }
        return "look at the owner and the mode of each part of the path: `ls -ld \(words.joined(separator: " "))`"
    }

    /// Types a line into a shell that finds the built runner and knows who makes commits.
    ///
    /// - Parameter name: the folder that the shell is in, relative to the project.
    /// - Returns: the exit status, and every line that it said.
    func type(
        _ line: String, environment: [String: String] = [:], in name: String = "."
    ) async throws -> (code: Int, said: String) {
        var all = self.environment
        all["PATH"] = try RunnerProcess.executable.removingLastComponent().string + ":/usr/bin:/bin"
        for role in ["AUTHOR", "COMMITTER"] {
            all["GIT_\(role)_NAME"] = "A"
            all["GIT_\(role)_EMAIL"] = "a@example.com"
        }
        let shell = Command(
            "/bin/sh", ["-c", line], environment: all.merging(environment) { $1 },
            directory: folder.path.pushing(FilePath(name)).lexicallyNormalized())
        let lines = Recorder()
        let status = try await SubprocessRunner(clock: SystemClock()).run(shell) { lines.note($0.text) }
        guard case .exited(let code) = status else { return (-1, "") }
        return (code, lines.lines.joined(separator: "\n"))
    }

    /// Types a line that must go well.
    @discardableResult
    func typeWell(
        _ line: String, environment: [String: String] = [:], in name: String = ".",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let typed = try await type(line, environment: environment, in: name)
        #expect(typed.code == 0, "\(line): \(typed.said)", sourceLocation: sourceLocation)
        return typed.said
    }
}
