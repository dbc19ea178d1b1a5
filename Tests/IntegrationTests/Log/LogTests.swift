import LogStep
import PipelineKit
import Releases
import SystemPackage
import Testing
import TestSupport

@Suite struct LogRecordTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func context(run: String = "run-1", step: String = "log-1") -> StepContext {
        .test(folder: folder.path, project: folder.path, runID: run, stepID: step)
    }

    private func lines(_ name: String) throws -> [Substring] {
        String(decoding: try DurableFile.read(folder[name]), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
    }

    @Test func appendsOneLineARun() async throws {
        var options = Log.Options()
        options.file = "logs/deploys.jsonl"
        options.message = "two\nlines"
        options.fields = ["ticket": "7"]
        let first = try await Log(options).run(in: context())
        _ = try await Log(options).run(in: context())
        #expect(try lines("logs/deploys.jsonl") == [Substring(first.record), ""])
        _ = try await Log(options).run(in: context(step: "log-2"))
        _ = try await Log(options).run(in: context(run: "run-2"))
        #expect(try lines("logs/deploys.jsonl").count == 4)
    }

    @Test func keepsALineThatACrashHasCutOffApart() async throws {
        try folder.write("{\"a\":1}\n{\"run\":\"run-1\",\"step\":\"log-1\",\"cut", to: "deploys.jsonl")
        var options = Log.Options()
        options.file = "deploys.jsonl"
        let output = try await Log(options).run(in: context())
        let lines = try lines("deploys.jsonl")
        #expect(lines.count == 4 && lines[2] == Substring(output.record))
    }

    @Test func writesIntoTheStore() async throws {
        var options = Log.Options()
        options.store = .folder("store")
        options.version = nil
        let output = try await Log(options).run(in: context())
        #expect(try lines("store/.runner/deployments/run-1.log.json") == [Substring(output.record), ""])
        #expect(try await FolderStore(folder["store"]).deployments().isEmpty)
    }

    @Test func tellsWhatStandsInTheFilesPlace() async throws {
        try folder.write("", to: "logs/x")
        var options = Log.Options()
        options.file = "logs"
        await #expect(throws: FileError.self) { try await Log(options).run(in: context()) }
    }
}
