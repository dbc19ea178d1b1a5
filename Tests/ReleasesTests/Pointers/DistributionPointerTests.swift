import AWS
import PipelineKit
import Releases
import Testing

@Suite struct DistributionPointerTests {
    @Test func namesItsRecords() {
        let pointer = Pointer(distribution: "E123ABC", origin: "site")
        #expect(pointer.id == "distribution-E123ABC-site")
        #expect("\(pointer)" == "the origin `site` of the distribution E123ABC")
        #expect(StoreRecord.pointer(pointer).path == ".runner/pointers/distribution-E123ABC-site.json")
        #expect(
            StoreRecord.deployment(run: "run-1", pointer).path
                == ".runner/deployments/run-1.distribution-E123ABC-site.json")
    }

    /// An origin's id may be any text, and must not become another folder or another kind of record.
    @Test(arguments: ["../../x", "a/b", "x.undone", "x.log", "日本", "a b", "A%2F", ".", "e\u{301}", "\u{e9}"])
    func hostileIDsStayNames(_ id: String) {
        let pointer = Pointer(distribution: "E1", origin: id)
        let name = StoreRecord.deployment(run: "run-1", pointer).name
        #expect(name.wholeMatch(of: /run-1\.distribution-E1-[A-Za-z0-9_%-]+\.json/) != nil)
        #expect(pointer.origin?.distribution == "E1" && pointer.origin?.id == id)
    }

    @Test func differentIDsHaveDifferentRecords() {
        let ids = [
            "a/b", "a%2Fb", "a-b", "a.b", "A.b", "e\u{301}", "\u{e9}", String(repeating: "é", count: 128),
            String(repeating: "é", count: 127) + "è",
        ]
        let names = ids.map { Pointer(distribution: "E1", origin: $0).id }
        #expect(Set(names.map { Array($0.utf8) }).count == ids.count)
        #expect(names.allSatisfy { $0.utf8.count <= 220 })
    }

    @Test func linksAreNamedAsBefore() {
        #expect(Pointer.current.id == "link-current" && Pointer.current.origin == nil)
        #expect(Pointer(link: "x.y").id == "link-x.y")
    }

    @Test(arguments: [
        ("", "/releases/v1"), ("site", "/site/releases/v1"), ("a/b c", "/a/b%20c/releases/v1"),
        ("a+b", "/a%2Bb/releases/v1"), ("日", "/%E6%97%A5/releases/v1"),
    ])
    func pathsLeadToReleases(_ prefix: String, _ path: String) throws {
        let paths = ReleasePaths(prefix: prefix)
        let version = try ReleaseVersion("v1")
        #expect(try paths.path(of: version).text == path)
        #expect(paths.release(at: path) == version && paths.servedRelease(at: path) == version)
    }

    /// A switch never writes these paths, but each serves the release and so protects it.
    @Test(arguments: ["/site/releases/v1/public", "/site/releases/v%31", "/s%69te/releases/v1"])
    func otherPathsIntoAReleaseProtectIt(_ path: String) {
        let paths = ReleasePaths(prefix: "site")
        #expect(paths.release(at: path) == nil)
        #expect(paths.servedRelease(at: path)?.name == "v1")
    }

    @Test(arguments: [
        "", "/", "/site", "/site/releases", "/site/releases/", "/releases/v1", "/other/releases/v1", "/old",
        "/sitereleases/v1", "/site/releases/%2e%2e",
    ])
    func otherPathsAreNoRelease(_ path: String) {
        let paths = ReleasePaths(prefix: "site")
        #expect(paths.release(at: path) == nil && paths.servedRelease(at: path) == nil)
    }
}
