internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// A process of `Tests/TestBed`, with pipes to its standard input and output. It ends when its input does.
struct TestBedChild: Sendable {
    /// Kept open and never written to.
    let input: FileDescriptor
    private let output: FileDescriptor

    /// - Throws: `StepError` if Python or its packages are missing.
    init(_ arguments: [String]) throws {
        let package = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        let python = package.appending(".venv/bin/python3")
        guard access(python.string, X_OK) == 0 else {
            throw StepError(
                "no-test-bed", "there is no \(python)",
                help: "type `make test`, or `scripts/venv.sh Tests/TestBed/requirements.txt` once")
        }
        let command = [python.string, package.appending("Tests/TestBed/testbed").string] + arguments
        let (standardInput, input) = try FileDescriptor.pipe()
        let (output, standardOutput) = try FileDescriptor.pipe()
        // A child of the tests that was started between the two calls has them all the same: so this one ends with its parent as well.
        for end in [input, output] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, standardInput.rawValue, 0)
        posix_spawn_file_actions_adddup2(&actions, standardOutput.rawValue, 1)

        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, command[0], &actions, nil, &words, environ)
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
