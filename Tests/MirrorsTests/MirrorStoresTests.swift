import Releases
import Testing

@testable import Mirrors

@Suite struct MirrorStoresTests {
    @Test(arguments: [
        (".runner/manifests/v1.jsonl", ""), ("a/b/.runner/pointers/x", "a/b/"), (".runner/hold.json", nil),
        ("a/.runner/runs/x/y", nil), ("a/runner/manifests/x", nil), (".runner/manifests", nil), ("a", nil),
    ])
    func knowsAStoreByItsRecords(key: String, root: String?) {
        #expect(MirrorStores.root(of: key) == root)
    }

    @Test func looksAroundATarget() {
        #expect(MirrorStores.roots(around: "") == [])
        #expect(MirrorStores.roots(around: "a/b/") == [])
        #expect(MirrorStores.roots(around: "releases/v1/x/") == [""])
        #expect(MirrorStores.roots(around: "a/releases/.runner/") == ["a/", "a/releases/"])
    }

    @Test func aFilterLooksAtEveryFolderOnTheWay() throws {
        let filter = AssetFilter(exclude: [try Glob("tmp/**")])
        #expect(filter.takesKey("a/b.txt") && !filter.takesKey("a/.git/config") && !filter.takesKey("tmp/a/b"))
        #expect(!filter.takesKey(".runner/hold.json") && !filter.takesKey("a/x~"))
    }
}
