import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A link that leads round in a circle stands for a disk with errors: what is below it can be neither found nor ruled out.
@Suite struct FileStatusTests {
    let folder: TemporaryFolder
    let circle: FilePath

    init() throws {
        folder = try TemporaryFolder()
        circle = folder.path.appending("circle")
        try folder.write("a", to: "file")
    }

    private func makeCircle(at path: FilePath) throws {
        try #require(symlink(path.lastComponent?.string ?? "", path.string) == 0)
    }

    @Test func onlyAnAnswerThatSaysSoIsAbsence() throws {
        try makeCircle(at: circle)
        #expect(try FileStatus.exists(folder["file"]) && FileStatus.exists(circle))
        #expect(try FileStatus.isFolder(folder.path) && !FileStatus.isFolder(folder["file"]))
        let long = String(repeating: "x", count: 300)
        for name in ["none", "none/below", "file/below", long] {
            #expect(try !FileStatus.exists(folder[name]) && !FileStatus.isFolder(folder[name]))
        }
        let error = #expect(throws: FileError.self) { try FileStatus.exists(circle.appending("x")) }
        #expect(error?.errno == .tooManySymbolicLinkLevels)
        #expect(throws: FileError.self) { try FileStatus.isFolder(circle) }
        #expect(try !FileStatus.isFolder(circle, followingLinks: false))
    }
}

@Suite struct UnreadableStoreTests {
    let site: SiteFixture
    let v1: ReleaseVersion

    init() throws {
        site = try SiteFixture()
        v1 = try ReleaseVersion("v1")
    }

    /// Makes a folder of the store one in which nothing can be looked at.
    private func breakFolder(_ name: String) throws {
        let path = site.store.root.pushing(FilePath(name))
        try #require(rename(path.string, path.string + "-away") == 0)
        try #require(symlink(path.lastComponent?.string ?? "", path.string) == 0)
    }

    @Test func aReleaseThatCannotBeLookedAtIsNotGone() async throws {
        let assets = try site.site("one", ["index.html": "one"])
        _ = try await perform(try site.sync("v1", assets), in: try site.context())
        #expect(try await !site.store.remains(of: v1).unknown.isEmpty)
        try breakFolder("releases")
        await #expect(throws: FileError.self) { try await site.store.remains(of: v1) }
        await #expect(throws: FileError.self) {
            try await site.store.contents(
                of: StoredRelease(version: v1, state: .complete, createdAt: nil), LinkCount(),
                in: try site.context().folder)
        }
    }

    @Test func aRecordThatCannotBeLookedAtIsNotMissing() async throws {
        let assets = try site.site("one", ["index.html": "one"])
        _ = try await perform(try site.sync("v1", assets), in: try site.context())
        #expect(try await site.store.exists(.manifest(of: v1)))
        try breakFolder(".runner/manifests")
        await #expect(throws: FileError.self) { try await site.store.exists(.manifest(of: v1)) }
        await #expect(throws: FileError.self) { try await site.store.tag(of: .manifest(of: v1)) }
    }
}
