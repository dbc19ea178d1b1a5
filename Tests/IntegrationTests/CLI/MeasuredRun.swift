import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// The built runner in a process whose peak of memory is measured.
struct MeasuredRun {
    /// The exit status as a shell shows it.
    var code: Int
    /// What it wrote to either stream, a line each.
    var lines: [String]
    /// In MiB.
    var peak: Int

    static func of(_ arguments: [String], in folder: FilePath) async throws -> MeasuredRun {
        let files = try TemporaryFolder()
        let lines = Recorder()
        let script = DocumentTests.root.appending("Tests/TestBed/peak.py").string
        let command = Command(
            "/usr/bin/python3", [script, files["peak"].string, try RunnerProcess.executable.string] + arguments,
            environment: ["PATH": "/usr/bin:/bin", "HOME": files.path.string, "LANG": "C.UTF-8", "COLUMNS": "1000"],
            directory: folder)
        let status = try await SubprocessRunner(clock: SystemClock()).run(command) { lines.note($0.text) }
        let code =
            switch status {
            case .exited(let code): code
            case .signalled(let signal): 128 + signal
            }
        let peak = String(decoding: try DurableFile.read(files["peak"]), as: UTF8.self)
        return MeasuredRun(code: code, lines: lines.lines, peak: try #require(Int(peak)) / 1_024)
    }
}
