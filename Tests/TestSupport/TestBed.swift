internal import FoundationEssentials
internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// SeaweedFS, moto, the CloudFront simulator and the fault proxies of `Tests/TestBed`, on free ports.
///
/// The bed ends, and deletes its files, when its standard input does: with this value, or with the process, however that ends.
public final class TestBed: Sendable {
    /// What a deploy finds in its environment: endpoints, keys, the region, `S3_BUCKET`, `DISTRIBUTION_ID` and the rest of the bed's `env` file.
    public let environment: [String: String]
    /// Kept open and never written to.
    private let input: FileDescriptor

    /// One bed for all tests of the process, started by the first: each test keeps to a prefix and a distribution of its own.
    public static func shared() async throws -> TestBed { try await starting.value }

    private static let starting = Task { try await start() }

    /// - Throws: `StepError` if Python or its packages are missing, or a server does not come up.
    public static func start(_ arguments: [String] = quick) async throws -> TestBed {
        try await BlockingWork.run { _ in try TestBed(arguments) }
    }

    /// Edges that switch at once.
    public static let quick = ["--edges", "2", "--edge-options", "--config-delay 0,0.1 --invalidation-delay 0,0.1"]

    /// The address in a variable of the bed.
    public func url(_ name: String) -> String { environment[name] ?? "" }

    private init(_ arguments: [String]) throws {
        let package = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        let python = package.appending(".venv/bin/python3")
        guard access(python.string, X_OK) == 0 else {
            throw StepError(
                "no-test-bed", "there is no \(python)",
                help: "type `make test`, or `scripts/venv.sh Tests/TestBed/requirements.txt` once")
        }
        let child = try TestBedChild(
            [python.string, package.appending("Tests/TestBed/testbed").string, "hold"] + arguments)
        input = child.input
        let file = try child.readLine()
        guard let content = FileManager.default.contents(atPath: file) else {
            try? child.input.close()
            throw StepError("no-test-bed", "the test bed did not come up: its last words are above")
        }
        environment = Self.variables(String(decoding: content, as: UTF8.self))
    }

    deinit {
        try? input.close()
    }

    /// Reads lines such as `export NAME='value'`.
    private static func variables(_ text: String) -> [String: String] {
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            guard line.hasPrefix("export "), let equals = line.firstIndex(of: "=") else { return nil }
            let value = line[equals...].dropFirst(2).dropLast()
            return (String(line[..<equals].dropFirst(7)), String(value))
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }
}

/// The bed's process, with pipes to its standard input and output.
private struct TestBedChild {
    let input: FileDescriptor
    private let output: FileDescriptor

    init(_ command: [String]) throws {
        let (standardInput, input) = try FileDescriptor.pipe()
        let (output, standardOutput) = try FileDescriptor.pipe()
        // Another child of the tests that held the writing end would keep the bed alive.
        for end in [input, output] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, standardInput.rawValue, 0)
        posix_spawn_file_actions_adddup2(&actions, standardOutput.rawValue, 1)

        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, command[0], &actions, nil, &arguments, environ)
        try standardInput.close()
        try standardOutput.close()
        self.input = input
        self.output = output
        guard code == 0 else { throw Errno(rawValue: code) }
    }

    /// The first line of its output, empty if it ended without one.
    func readLine() throws -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while try withUnsafeMutableBytes(of: &byte, { try output.read(into: $0) }) == 1, byte != 0x0a {
            line.append(byte)
        }
        try output.close()
        return String(decoding: line, as: UTF8.self)
    }
}
