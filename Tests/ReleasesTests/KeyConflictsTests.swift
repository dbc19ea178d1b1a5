import PipelineKit
import Releases
import Testing

@Suite struct KeyConflictsTests {
    /// - Parameter keys: a `*` at the end marks a compressed one.
    private func error(_ keys: [String]) -> StepError? {
        var conflicts = KeyConflicts()
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
