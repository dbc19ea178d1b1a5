import PipelineKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// AWS's own Python library looks at what a deploy has made: `Tests/TestBed/outside.py`.
struct Outside: Sendable {
    let environment: [String: String]

    private static let script = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent().appending("TestBed").appending("outside.py")

    /// The lines that it prints.
    func callAsFunction(_ arguments: String...) async throws -> [String] {
        let printed = Mutex<(output: [String], errors: [String])>(([], []))
        let status = try await SubprocessRunner(clock: SystemClock()).run(
            Command(
                Botocore.python, [Self.script.string] + arguments, environment: environment,
                directory: Self.script.removingLastComponent())
        ) { line in
            printed.withLock { printed in
                if line.stream == .output { printed.output.append(line.text) } else { printed.errors.append(line.text) }
            }
        }
        let (output, errors) = printed.withLock { $0 }
        try #require(status.isSuccess, "\(arguments): \(errors.joined(separator: "\n"))")
        return output
    }
}
