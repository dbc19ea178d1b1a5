import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Files that were damaged: 10,000 of them, made of those that are good and of those that are broken already.
@Suite struct DamagedFileTests {
    @Test(.timeLimit(.minutes(15)), arguments: 0..<20)
    func areReadWithinBounds(seed: Int) async throws {
        let folder = try TemporaryFolder()
        let good = try DocumentTests.pipelineFiles.map { DocumentTests.root.appending("pipelines/" + $0) }
        let broken = try BrokenPipelineTests.files.map { BrokenPipelineTests.folder.appending($0) }
        let originals = try (good + broken).map { try DurableFile.read($0) }
        var names: [String] = []
        for index in 0..<500 {
            let original = originals[(seed * 500 + index) % originals.count]
            var damaged = DamagedFiles(of: original, seed: seed * 500 + index)
            names.append("\(index).yml")
            try folder.write(damaged.next() ?? [], to: "\(index).yml")
            await Task.yield()
        }
        let run = try await MeasuredRun.of(["validate"] + names, in: folder.path)
        // Some are still good; the others are reported as faults of the file, without a crash.
        #expect(run.code == 65, "\(run.lines.suffix(20))")
        #expect(run.peak < 256, "\(run.peak) MiB")
        let reports = run.lines.count { $0.contains(" problem") && $0.hasSuffix(".yml") }
        #expect(reports > 300)
    }
}
