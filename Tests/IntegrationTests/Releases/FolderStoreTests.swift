import Glibc
import PipelineKit
import Releases
import SyncStep
import SystemPackage
import Testing
import TestSupport

@Suite struct FolderStoreTests {
    let site: SiteFixture
    let v1: ReleaseVersion

    init() throws {
        site = try SiteFixture()
        v1 = try ReleaseVersion("v1")
    }

    private func makeRelease(_ files: [String: String], compressed: Set<String> = []) async throws -> FilePath {
        let assets = try site.site("one", files, compressed: compressed)
        return FilePath(try await perform(try site.sync("v1", assets), in: try site.context()).manifest)
    }

    /// A group deploys into a folder with `chmod g+ws`: each of it must be able to prune what another has made.
    @Test(arguments: [(0o755, 0o755), (0o2775, 0o2775), (0o775, 0o775), (0o2755, 0o2755)])
    func foldersAreForTheGroupIfTheStoreIs(ofStore: Int, ofFolders: Int) async throws {
        let root = site.store.root.string
        try DurableFile.makeFolder(site.store.root)
        chmod(root, mode_t(ofStore))
        _ = try await makeRelease(["a/b/c.txt": "c"])
        for name in [".runner", ".runner/manifests", "releases", "releases/v1", "releases/v1/a", "releases/v1/a/b"] {
            var status = stat()
            #expect(lstat(root + "/" + name, &status) == 0 && Int(status.st_mode) & 0o7777 == ofFolders, "\(name)")
        }
    }

    @Test func theGateCatchesWhatIsMissingCutShortOrTooMuch() async throws {
        let files = ["a.txt": "aaa", "a/b": "bbb", "x": "xxx", "x!": "other", "x.html": "html"]
        let manifest = try await makeRelease(files, compressed: ["x", "a.txt"])
        func faults(_ verification: Verification = .size) async throws -> [Completeness.Fault] {
            try await site.store.check(v1, against: manifest, nil, verification, in: site.folder.path).first
        }
        #expect(try await faults(.full) == [])
        try site.folder.write("aa", to: "store/releases/v1/a.txt")
        unlink(site.store.root.string + "/releases/v1/a/b")
        unlink(site.store.root.string + "/releases/v1/x.gz")
        try site.folder.write("yyy", to: "store/releases/v1/x")
        try site.folder.write("y", to: "store/releases/v1/y/z")
        #expect(
            try await faults() == [
                .size("a.txt", expected: 3, found: 2), .missing("a/b"), .missing("x.gz"), .extra("y/z"),
            ])
        #expect(try await faults(.full).contains(.content("x")))
        symlink("a.txt", site.store.root.string + "/releases/v1/link")
        #expect(await errorCode { _ = try await faults() } == "strange-file")
    }

    @Test func everythingIsMissingWhereThereIsNoFolder() async throws {
        let manifest = try await makeRelease(["a": "a", "b": "b"])
        let completeness = try await site.store.check(
            ReleaseVersion("v2"), against: manifest, nil, .size, in: site.folder.path)
        #expect(completeness.count == 2 && completeness.first == [.missing("a"), .missing("b")])
    }

    @Test func retiresOnlyWhatTheManifestNames() async throws {
        _ = try await makeRelease(["a/b/c": "c", "x": "x"], compressed: ["x"])
        try site.folder.write("mine", to: "store/releases/v1/a/mine")
        try await site.store.retire(v1, in: site.context())
        #expect(site.files("releases/v1") == ["a/mine"])
        #expect(!site.exists(".runner/manifests/v1.jsonl") && !site.exists(".runner/trash/v1.jsonl"))
        try await site.store.retire(v1, in: site.context())
    }

    @Test func finishesWhatSomebodyElseBeganToRetire() async throws {
        _ = try await makeRelease(["a/b": "b", "c": "c"])
        try await site.store.move(.manifest(of: v1), to: .trash(v1))
        unlink(site.store.root.string + "/releases/v1/a/b")
        // The next upload of the same version comes first to it.
        let assets = try site.site("two", ["c": "new"])
        let output = try await perform(try site.sync("v1", assets), in: try site.context(run: "run-2"))
        #expect(output.skipped == 0 && site.files("releases/v1") == ["c"] && site.text("releases/v1/c") == "new")
        #expect(site.files(".runner/trash") == [])
    }

    /// An upload that fails has made folders for files that it did not come to.
    @Test func foldersWithoutTheirFilesGo() async throws {
        _ = try await makeRelease(["a/b/c": "c", "a/d/e/f": "f", "g": "g"])
        let release = site.store.root.string + "/releases/v1"
        for file in ["a/b/c", "a/d/e/f"] { unlink("\(release)/\(file)") }
        rmdir("\(release)/a/d/e")
        #expect(try await site.store.retire(v1, in: site.context()) == nil)
        #expect(!site.exists("releases/v1"))
    }

    @Test func aManifestCannotDeleteOutsideOfItsRelease() async throws {
        try site.folder.write("mine", to: "store/precious")
        let manifest = try await makeRelease(["a": "a"])
        let text = String(decoding: try DurableFile.read(manifest), as: UTF8.self)
        for key in ["../../precious", "/etc/x", "a//b", "./a", "a/.."] {
            let hostile = text.replacing("\"key\":\"a\"", with: "\"key\":\"\(key)\"")
            try DurableFile.write(Array(hostile.utf8), to: manifest)
            #expect(await errorCode { try await site.store.retire(v1, in: site.context()) } == "bad-manifest")
            try await site.store.move(.trash(v1), to: .manifest(of: v1))
        }
        #expect(site.text("precious") == "mine")
    }

    @Test func aPointerThatCannotBeReadProtectsEverything() async throws {
        _ = try await makeRelease(["a": "a"])
        try site.folder.write(
            #"{"kind":"cloudfront","name":"E123"}"#, to: "store/.runner/pointers/cloudfront-E123.json")
        #expect(await errorCode { try await site.store.retire(v1, in: site.context()) } == "newer-format")
        #expect(site.text("releases/v1/a") == "a")
    }

    @Test func tellsOfARecordThatCannotBeRead() async throws {
        try site.folder.write("{", to: "store/.runner/deployments/run-1.json")
        let error = await describedError { _ = try await site.store.deployments() }
        #expect(error?.code == "bad-record" && error?.message.contains("run-1.json") == true)
    }

    @Test func pointingTheLinkRemovesWhatKilledRunsLeft() async throws {
        _ = try await makeRelease(["a": "a"])
        let root = site.store.root.string
        for name in [".current.run-7.tmp", ".current.run-8.tmp", ".current.eu.run-7.tmp", ".current.run-9.tmp.bak"] {
            symlink("releases/v0", "\(root)/\(name)")
        }
        try site.folder.write("mine", to: "store/.current.mine.tmp")
        let link = CurrentLink(of: site.store, name: "current")
        try link.point(at: v1, token: "run-8")
        #expect(try link.text() == LinkText("releases/v1"))
        let left = try DurableFile.entries(of: site.store.root).filter { $0.hasPrefix(".current") }.sorted()
        #expect(left == [".current.eu.run-7.tmp", ".current.mine.tmp", ".current.run-9.tmp.bak"])
    }
}
