import Digest
import FoundationEssentials
import Glibc
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// A project on the disk in which the built runner is started as a user starts it.
struct CommandProject: Sendable {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    var store: FolderStore { FolderStore(folder["store"]) }

    /// Only what every login has; nothing of the environment that runs the tests.
    var environment: [String: String] {
        [
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": folder.path.string, "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1", "COLUMNS": "1000",
        ].merging(RunnerProcess.sanitizer) { $1 }
    }

    func start(
        _ arguments: String..., environment: [String: String] = [:], in name: String = ".", user: Int? = nil
    ) throws -> RunnerProcess {
        try start(arguments, environment: environment, in: name, user: user)
    }

    func runner(
        _ arguments: String..., environment: [String: String] = [:], in name: String = ".", user: Int? = nil
    ) async throws -> Said {
        let process = try start(arguments, environment: environment, in: name, user: user)
        return Said(try await process.end(), in: folder.path)
    }

    func runner(_ arguments: [String], environment: [String: String] = [:]) async throws -> Said {
        try await said(by: start(arguments, environment: environment, in: ".", user: nil))
    }

    func start(arguments: [String], user: Int? = nil) throws -> RunnerProcess {
        try start(arguments, environment: [:], in: ".", user: user)
    }

    func said(by process: RunnerProcess) async throws -> Said {
        Said(try await process.end(), in: folder.path)
    }

    func start(
        _ arguments: [String], environment: [String: String], in name: String, user: Int? = nil
    ) throws -> RunnerProcess {
        try RunnerProcess(
            arguments, in: folder.path.pushing(FilePath(name)).lexicallyNormalized(),
            environment: self.environment.merging(environment) { $1 }, user: user)
    }

    /// A site of two pages, and a pipeline `deploy.yml` that deploys it and runs `then` at its end.
    func writeDeploy(_ then: String = "", top: String = "") throws {
        try folder.write("<html>one</html>\n", to: "site/index.html")
        try folder.write("<html>two</html>\n", to: "site/two.html")
        try folder.write(Self.deploy(then, top: top), to: "deploy.yml")
    }

    static func deploy(_ then: String = "", top: String = "") -> String {
        """
        version: 1
        name: deploy
        inputs:
          release: { type: string, env: RELEASE, description: name of the release }
        with: { store: store }
        \(top)
        steps:
          - { id: list, uses: hash, with: { source: site } }
          - { id: upload, uses: sync, with: { version: "${{ inputs.release }}" } }
          - { id: switch, uses: switch-origin }
          - { id: caches, uses: invalidate }
        \(then)

        """
    }

    /// What a run of `deploy` says of its four steps.
    static func deployed(_ release: String, over previous: String? = nil) -> String {
        return """
              ok  list  2 files, 34 B  TIME
              ok  upload  \(release), 2 files: \(previous == nil ? "2 sent (34 B)" : "2 copied")  TIME\(same(as: previous, release))
              ok  switch  \(previous.map { "\($0) -> " } ?? "")\(release)  TIME
              same  caches  a folder store has no edge cache  TIME
            """
    }

    /// The site is not built anew between the runs.
    private static func same(as previous: String?, _ release: String) -> String {
        previous.map { "\n           | \(release) has the same files as \($0), which visitors have" } ?? ""
    }

    /// What the rollback of such a run says.
    static func undone(_ release: String = "v2", to previous: String) -> String {
        """
        rolling back
          undone  switch  \(release) -> \(previous)  TIME
          undone  upload  \(release) deleted  TIME
        """
    }

    /// Where `current` leads: the name of a release, or nil if there is no link.
    ///
    /// - Throws: an error if it leads nowhere.
    func live() throws -> String? {
        guard let link = readLink("store/current") else { return nil }
        guard try FileStatus.isFolder(folder["store/current"]) else { throw Dangling(link: link) }
        return FilePath(link).lastComponent?.string
    }

    struct Dangling: Error {
        var link: String
    }

    func readLink(_ name: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: folder[name].string)
    }

    func point(_ name: String, at target: String) throws {
        try? FileManager.default.removeItem(atPath: folder[name].string)
        try FileManager.default.createSymbolicLink(atPath: folder[name].string, withDestinationPath: target)
    }

    func text(_ name: String) throws -> String {
        String(decoding: try DurableFile.read(folder.path.pushing(FilePath(name))), as: UTF8.self)
    }

    func exists(_ name: String) -> Bool { access(folder[name].string, F_OK) == 0 }

    /// The newest first.
    func runs() throws -> [String] { try StateFolder(folder[".runner"]).runIDs() }

    /// The newest run's folder, relative to the project.
    func newestRun() throws -> String { ".runner/runs/" + (try #require(try runs().first)) }

    /// Waits until a file is there.
    func waitFor(_ name: String) async throws {
        for _ in 0..<6_000 where !exists(name) { try await Task.sleep(for: .milliseconds(10)) }
        try #require(exists(name), "\(name) did not appear within a minute")
    }

    /// Waits until no process of that number is running.
    func waitForEnd(ofProcess text: String) async throws {
        let number = try #require(Int(text.filter(\.isNumber)))
        for _ in 0..<1_000 where Self.isAtWork(number) { try await Task.sleep(for: .milliseconds(10)) }
        #expect(!Self.isAtWork(number), "process \(number) is left")
    }

    /// False for a process that has ended and that nobody has reaped.
    private static func isAtWork(_ processID: Int) -> Bool {
        guard let bytes = try? DurableFile.read(FilePath("/proc/\(processID)/stat")) else { return false }
        return !String(decoding: bytes, as: UTF8.self).contains(") Z ")
    }
}

/// What a process said, with everything that differs from one try to the next replaced.
struct Said: Sendable {
    var code: Int
    var output: String
    var error: String
    /// What it said, unchanged.
    var raw: RunnerProcess.Ending

    init(_ ending: RunnerProcess.Ending, in folder: FilePath) {
        raw = ending
        code = ending.code
        output = Self.normalised(ending.output, in: folder)
        error = Self.normalised(ending.error, in: folder)
    }

    /// Run ids become `RUN`, dates `DATE`, ages `AGE`, durations `TIME`, processes `PID`, hosts `HOST` and the folder `~`; columns
    /// are two spaces apart.
    static func normalised(_ text: String, in folder: FilePath) -> String {
        var text = text.replacing(folder.string, with: "~")
        text.replace(#/\d{8}-\d{6}-\d{3}-[0-9a-f]{4}/#, with: "RUN")
        text.replace(#/\d{4}-\d{2}-\d{2}T[0-9:.]+Z/#, with: "DATE")
        text.replace(#/\b\d+ (?:s|min|h|d) ago\b/#, with: "AGE")
        text.replace(#/process \d+ on [^,)]+/#, with: "process PID on HOST")
        text.replace(#/\b(?:\d+h(?:\d+m)?(?:[\d.]+s)?|\d+m(?:[\d.]+s)?|[\d.]+s|\d+ms)\b/#, with: "TIME")
        // What breaks a silence depends on how fast the machine is.
        text.replace(#/(?m)^  (?:…|undoing) {2}.*\n/#, with: "")
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let indent = line.prefix { $0 == " " }
            return indent + line.dropFirst(indent.count).replacing(#/ {3,}/#, with: "  ")
        }.joined(separator: "\n")
    }
}
