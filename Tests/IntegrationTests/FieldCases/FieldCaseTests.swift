import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// The checks of `Tests/FieldCases` that take less than ten seconds; `make field-cases` tries all of them.
///
/// They run one after the other, because several send signals or wait for a moment: a machine that is busy with all of them
/// at once would be too slow for that.
@Suite(.serialized) struct FieldCaseTests {
    static let folder = DocumentTests.root.appending("Tests/FieldCases")

    /// The head of every check, by its file's name.
    static var heads: [String: [Substring]] {
        get throws {
            let names = try DurableFile.entries(of: folder).filter { $0.hasSuffix(".sh") && $0 != "lib.sh" }
            return Dictionary(
                uniqueKeysWithValues: try names.map { name in
                    let text = String(decoding: try DurableFile.read(folder.appending(name)), as: UTF8.self)
                    return (name, Array(text.split(separator: "\n").prefix { $0.hasPrefix("#") }))
                })
        }
    }

    static var quick: [String] {
        get throws { try heads.filter { $0.value.contains("# takes: quick") }.map(\.key).sorted() }
    }

    @Test func everyCheckSaysHowLongItTakes() throws {
        let heads = try Self.heads
        #expect(heads.count >= 40)
        for (name, head) in heads {
            #expect(head.contains("# takes: quick") != head.contains("# takes: long"), "\(name)")
        }
    }

    @Test(arguments: try Self.quick)
    func holds(_ name: String) async throws {
        let bed = try await TestBed.shared()
        let environment = bed.environment.merging([
            "PATH": "\(DocumentTests.root.string)/.venv/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
            "RUNNER": try RunnerProcess.executable.string,
        ]) { $1 }.merging(RunnerProcess.sanitizer) { $1 }
        let said = Recorder()
        let command = Command(
            Self.folder.appending(name).string, [], environment: environment, directory: DocumentTests.root)
        let status = try await SubprocessRunner(clock: SystemClock()).run(command) { said.note($0.text) }
        // Only root may do what some checks do. Whatever else a check needs, `make test` has installed.
        let head = try #require(try Self.heads[name])
        let isForRoot = head.contains { $0.hasPrefix("# needs: root") || $0.hasPrefix("# needs: mount") }
        #expect(
            status == .exited(0) || status == .exited(77) && isForRoot,
            "\(status)\n\(said.lines.joined(separator: "\n"))")
    }
}
