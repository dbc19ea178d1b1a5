import PipelineKit
import Testing

@testable import Releases

@Suite struct KeyConflictsTests {
    /// - Parameter keys: a `*` at the end marks a compressed one.
    private func error(_ keys: [String], inFolder: Bool = true) -> StepError? {
        var conflicts = KeyConflicts(inFolder: inFolder)
        do {
            for key in keys {
                let isCompressed = key.hasSuffix("*")
                try conflicts.add(isCompressed ? String(key.dropLast()) : key, isCompressed: isCompressed)
            }
            return nil
        } catch {
            return error as? StepError
        }
    }

    @Test(arguments: [
        ["a", "a!", "a.txt", "b/c", "b/d"], ["a/b", "a/c"], ["x", "x.gz"], ["x*", "x.g", "x.gzz"], ["x.gz*"],
        ["caf\u{65}\u{301}", "caf\u{e9}"], ["A", "a"], ["x*", "x/y".replacing("/", with: "-")],
    ])
    func letsPass(keys: [String]) {
        #expect(error(keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }) == nil)
    }

    @Test(arguments: [
        (["a", "a/b"], "a/b", "a"), (["a", "a!x", "a.b", "a/b"], "a/b", "a"), (["a/b", "a/b/c/d"], "a/b/c/d", "a/b"),
        (["x*", "x.gz"], "x.gz", "x"), (["x*", "x!y", "x.a", "x.gz"], "x.gz", "x"), (["x*", "x.gz/y"], "x.gz/y", "x"),
        (["a", "a"], "a", "a"),
    ])
    func namesBoth(keys: [String], one: String, other: String) {
        let error = error(keys)
        #expect(error?.code == "key-clash")
        #expect(
            error?.message.hasPrefix("`\(one)` and `\(other)` cannot both be in a release") == true,
            "\(error?.message ?? "")")
    }

    /// A bucket has no folders, and compressed bytes have no key of their own there.
    @Test(arguments: [["a", "a/b"], ["x*", "x.gz"], ["docs", "docs/latest/index.html"]])
    func aBucketTakesMore(keys: [String]) {
        #expect(error(keys, inFolder: false) == nil && error(keys) != nil)
        #expect(error(["a", "a"], inFolder: false)?.code == "key-clash")
        #expect(error(["b", "a"], inFolder: false)?.code == "bad-asset-list")
    }

    /// A redirect is no file of a folder, and the site's own compressed file is the one that the original would get.
    @Test func whatIsNoFileIsInNobodysWay() throws {
        func asset(_ key: String) -> Asset { Asset(key: key, path: "/\(key)", size: 1, sha256: "", contentType: "") }
        var (redirect, packed, file) = (asset("docs"), asset("x.js"), asset("x.js.gz"))
        redirect.redirect = "/docs/latest/"
        (packed.path, packed.gzip) = (file.path, file.path)
        packed.original = .init(path: "/x.js", size: 2, sha256: "")
        file.contentEncoding = "gzip"
        var conflicts = KeyConflicts(inFolder: true)
        for asset in [redirect, asset("docs/latest/index.html"), packed, file] { try conflicts.add(asset) }
        packed.gzip = nil
        var others = KeyConflicts(inFolder: true)
        try others.add(packed)
        #expect(throws: StepError.self) { try others.add(file) }
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", ".", "../a", "a/../b", "a/.", "a\u{0}", String(repeating: "x", count: 256),
    ])
    func refusesKeysThatLeadElsewhere(key: String) {
        #expect(error([key])?.code == "bad-key")
    }

    @Test func wantsThemSorted() {
        #expect(error(["b", "a"])?.code == "bad-asset-list")
    }
}
