import FoundationEssentials
import Glibc
import MirrorStep
import PipelineKit
import SystemPackage
import TestSupport
import Testing

@Suite struct MirrorTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("", to: "run/.keep")
        try folder.write("one", to: "project/files/a.txt")
        try folder.write("two", to: "project/files/sub/b.txt")
    }

    private func mirror(_ fields: [String: Value] = [:]) throws -> Mirror {
        try Mirror(
            .test(
                ["source": "files", "to": .text(folder["target"].string)].merging(fields) { $1 }))
    }

    private var context: StepContext { .test(folder: folder["run"], project: folder["project"]) }

    private func changes(_ step: Mirror) async throws -> [String] {
        guard case .change(_, let changes) = try await step.prepare(in: context) else { return [] }
        return changes.first.map { "\($0.verb.rawValue) \($0.subject): \($0.detail)" }
    }

    private func text(_ path: String) -> String? {
        (try? DurableFile.read(folder[path])).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Every entry, whatever it is.
    private func names(_ path: String = "target") -> [String] {
        var names: [String] = []
        func walk(_ prefix: String) {
            for name in (try? DurableFile.entries(of: folder[path].pushing(FilePath(prefix)))) ?? [] {
                names.append(prefix + name)
                if status("\(path)/\(prefix)\(name)").st_mode & S_IFMT == S_IFDIR { walk(prefix + name + "/") }
            }
        }
        walk("")
        return names.sorted()
    }

    private func status(_ path: String) -> stat {
        var status = stat()
        lstat(folder[path].string, &status)
        return status
    }

    @Test func bringsAFolderUpToDate() async throws {
        #expect(try await changes(mirror()) == ["add a.txt: new", "add sub/b.txt: new"])
        #expect(names() == [])
        let first = try await perform(mirror(), in: context)
        #expect(first.uploaded == 2 && first.skipped == 0 && first.bytes == 6)
        #expect(names() == ["a.txt", "sub", "sub/b.txt"] && text("target/sub/b.txt") == "two")
        #expect(try await changes(mirror()) == [])
        try folder.write("eno", to: "project/files/a.txt")
        try folder.write("longer", to: "project/files/sub/b.txt")
        #expect(
            try await changes(mirror()) == ["replace a.txt: other content", "replace sub/b.txt: 3 bytes before"])
        let second = try await perform(mirror(), in: context)
        #expect(second.uploaded == 2 && text("target/a.txt") == "eno" && text("target/sub/b.txt") == "longer")
    }

    @Test func decidesByContentAndNotByTime() async throws {
        _ = try await perform(mirror(), in: context)
        let before = status("target/a.txt")
        try folder.write("one", to: "project/files/a.txt")
        try folder.write("owt", to: "target/sub/b.txt")
        let times = [status("project/files/sub/b.txt").st_mtim, status("project/files/sub/b.txt").st_mtim]
        utimensat(AT_FDCWD, folder["target/sub/b.txt"].string, times, 0)
        let output = try await perform(mirror(), in: context)
        #expect(output.uploaded == 1 && output.skipped == 1 && text("target/sub/b.txt") == "two")
        #expect(status("target/a.txt").st_ino == before.st_ino)
    }

    @Test func aReaderKeepsTheFileThatItOpened() async throws {
        _ = try await perform(mirror(), in: context)
        let open = try FileDescriptor.open(folder["target/a.txt"], .readOnly)
        defer { try? open.close() }
        try folder.write("new", to: "project/files/a.txt")
        _ = try await perform(mirror(), in: context)
        var bytes = [UInt8](repeating: 0, count: 8)
        let count = try bytes.withUnsafeMutableBytes { try open.read(into: $0) }
        #expect(String(decoding: bytes[..<count], as: UTF8.self) == "one" && text("target/a.txt") == "new")
    }

    @Test func deletesOnlyWhereItIsToldTo() async throws {
        try folder.write("x", to: "target/old/deep/x.txt")
        try folder.write("y", to: "target/.git/config")
        try folder.write("z", to: "target/keep/z.log")
        #expect(try await perform(mirror(), in: context).deleted == 0)
        let step = try mirror(["delete": true, "exclude": ["**/*.log"]])
        #expect(try await changes(step) == ["remove old/deep/x.txt: not in the source"])
        #expect(try await perform(step, in: context).deleted == 1)
        #expect(names() == [".git", ".git/config", "a.txt", "keep", "keep/z.log", "sub", "sub/b.txt"])
    }

    @Test func anEmptySourceDeletesNothing() async throws {
        try folder.write("x", to: "target/x.txt")
        unlink(folder["project/files/a.txt"].string)
        unlink(folder["project/files/sub/b.txt"].string)
        let code = await errorCode { _ = try await mirror(["delete": true]).prepare(in: context) }
        #expect(code == "empty-source" && text("target/x.txt") == "x")
        let typo = await errorCode {
            _ = try await mirror(["delete": true, "include": ["nothing/**"]]).prepare(in: context)
        }
        #expect(typo == "empty-source")
        let missing = await errorCode {
            _ = try await mirror(["source": "missing", "delete": true, "allow-empty": true]).prepare(in: context)
        }
        #expect(missing == "no-source" && text("target/x.txt") == "x")
        let output = try await perform(mirror(["delete": true, "allow-empty": true]), in: context)
        #expect(output.deleted == 1 && names() == [])
    }

    @Test func followsNoLinkOutOfTheTarget() async throws {
        try folder.write("theirs", to: "outside/b.txt")
        try folder.write("x", to: "target/.keep")
        symlink(folder["outside"].string, folder["target/sub"].string)
        #expect(await errorCode { _ = try await mirror(["delete": true]).prepare(in: context) } == "in-the-way")
        #expect(await errorCode { _ = try await mirror().run(from: Nothing(), in: context) } == "in-the-way")
        let step = try mirror(["delete": true, "include": ["a.txt", "sub", "other/**"]])
        symlink(folder["outside/b.txt"].string, folder["target/a.txt"].string)
        #expect(try await perform(step, in: context).deleted == 1)
        #expect(text("outside/b.txt") == "theirs" && text("target/a.txt") == "one" && names("outside") == ["b.txt"])
    }

    @Test(arguments: ["folder", "file", "pipe"]) func refusesWhatIsInTheWay(what: String) async throws {
        switch what {
        case "folder": try folder.write("x", to: "target/a.txt/x")
        case "file": try folder.write("x", to: "target/sub")
        default:
            try folder.write("x", to: "target/.keep")
            mkfifo(folder["target/a.txt"].string, 0o600)
        }
        let before = names()
        #expect(await errorCode { _ = try await mirror().prepare(in: context) } == "in-the-way")
        #expect(names() == before)
    }

    @Test(arguments: [
        ("files", "files", "is the source itself"), ("files", "files/sub", "lies in its source"),
        ("files/sub", "files", "holds its source"), ("files", "linked/sub", "lies in its source"),
        ("files", "/", "cannot be a store"), ("files", "plain.txt", "is a file"),
        ("files", "store", "is a release store"),
        ("files", "store/releases", "lies in `releases` of the release store"),
        ("files", "store/releases/v1/downloads", "lies in `releases` of the release store"),
        ("files", "store/current/downloads", "lies in `releases` of the release store"),
        ("files", "store/.runner", "lies in `.runner` of the release store"),
    ]) func refusesABadTarget(source: String, to: String, reason: String) async throws {
        try folder.write("x", to: "project/plain.txt")
        try folder.write("x", to: "project/store/.runner/manifests/v1.jsonl")
        try folder.write("x", to: "project/store/releases/v1/index.html")
        symlink("releases/v1", folder["project/store/current"].string)
        symlink("files", folder["project/linked"].string)
        do {
            _ = try await perform(mirror(["source": .text(source), "to": .text(to)]), in: context)
            Issue.record("\(to) was taken")
        } catch let error as StepError {
            #expect(error.code == "bad-target" && error.message.contains(reason))
        } catch let error as WrongOptions {
            #expect(error.problems.first?.message.contains(reason) == true)
        }
        #expect(names("project/store/releases") == ["v1", "v1/index.html"])
    }

    @Test func leavesAStoreBelowTheTargetAlone() async throws {
        try folder.write("x", to: "target/site/.runner/manifests/v1.jsonl")
        try folder.write("x", to: "target/site/releases/v1/index.html")
        let before = names()
        #expect(try await perform(mirror(["delete": true]), in: context).deleted == 0)
        #expect(Set(names()).isSuperset(of: before))
        try folder.write("x", to: "project/files/site/releases/v1/index.html")
        #expect(await errorCode { _ = try await mirror().prepare(in: context) } == "in-the-way")
    }

    @Test func cleansUpAfterARunThatWasKilled() async throws {
        try folder.write("half", to: "target/.mirror.tmp/0")
        _ = try await perform(mirror(["delete": true]), in: context)
        #expect(names() == ["a.txt", "sub", "sub/b.txt"] && text("target/a.txt") == "one")
    }

    @Test func twoRunsDoNotMeet() async throws {
        try folder.write("x", to: "target/.keep")
        let target = try FileDescriptor.open(folder["target"], .readOnly, options: [.directory])
        defer { try? target.close() }
        #expect(flock(target.rawValue, LOCK_EX | LOCK_NB) == 0)
        #expect(await errorCode { _ = try await perform(mirror(), in: context) } == "target-in-use")
        #expect(names() == [".keep"])
    }

    @Test func aSourceThatChangedMeanwhileIsNotWritten() async throws {
        _ = try await mirror().prepare(in: context)
        try folder.write("changed", to: "project/files/sub/b.txt")
        #expect(await errorCode { _ = try await mirror().run(from: Nothing(), in: context) } == "source-changed")
        #expect(names() == [])
    }

    @Test func takesAnAssetListWithItsCompressedFiles() async throws {
        let site = try SiteFixture()
        let list = try site.site("site", ["a.css": "a", "a.css-b": "b", "a.css.x": "x"], compressed: ["a.css"])
        try site.folder.write("y", to: "target/a.css.old")
        let step = try Mirror(
            .test(["assets": .text(list), "to": .text(site.folder["target"].string), "delete": true]))
        let output = try await perform(step, in: site.context())
        #expect(output.uploaded == 4 && output.deleted == 1)
        #expect(
            try DurableFile.entries(of: site.folder["target"]).sorted() == ["a.css", "a.css-b", "a.css.gz", "a.css.x"])
        let inside = try Mirror(
            .test(["assets": .text(list), "to": .text(site.folder["project/site/sub"].string)]))
        #expect(await errorCode { _ = try await inside.prepare(in: site.context()) } == "bad-target")
    }
}
