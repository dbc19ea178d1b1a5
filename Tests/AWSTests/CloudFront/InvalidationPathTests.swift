import AWS
import Testing
import TextCoding

@Suite struct InvalidationPathTests {
    @Test(arguments: [
        ("index.html", "/index.html"), ("a b.html", "/a%20b.html"), ("~user/x", "/%7Euser/x"), ("a%20b", "/a%2520b"),
        ("a+b&c=d,e;f:g@h!i$j'(k)", "/a+b&c=d,e;f:g@h!i$j'(k)"), ("q?x#y", "/q%3Fx%23y"),
        ("\"<>\\^`{|}[]", "/%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D"),
        ("caf\u{e9}", "/caf%C3%A9"), ("cafe\u{301}", "/cafe%CC%81"), ("日本", "/%E6%97%A5%E6%9C%AC"),
        ("\u{1}\u{7f}", "/%01%7F"),
        ("a//b", "/a//b"), ("all*", "/all*"),
    ])
    func keysAreWrittenAsCloudFrontWantsThem(_ key: String, _ path: String) throws {
        #expect(try InvalidationPath(pattern: "/" + key).text == path)
    }

    @Test(arguments: NastyKeys.all.filter { !$0.contains("*") })
    func everyKeyIsPrintableASCIIAndBeginsWithASlash(_ key: String) throws {
        let path = try InvalidationPath(pattern: "/" + key).text
        #expect(path.utf8.first == UInt8(ascii: "/"))
        #expect(path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
        #expect(PercentEncoding.decode(path)?.utf8.elementsEqual("/\(key)".utf8) == true)
    }

    @Test(arguments: [("/", "/"), ("/*", "/*"), ("/blog/*", "/blog/*"), ("/é~/x*", "/%C3%A9%7E/x*")])
    func patterns(_ pattern: String, _ path: String) throws {
        #expect(try InvalidationPath(pattern: pattern).text == path)
    }

    @Test(arguments: ["", "index.html", "*", "/a*b", "/**"])
    func patternsThatCloudFrontDoesNotTake(_ pattern: String) {
        let error = #expect(throws: CloudFrontError.self) { try InvalidationPath(pattern: pattern) }
        #expect(error?.kind == .invalidInvalidationPath)
    }

    @Test func onePlanOneCall() throws {
        let plan = InvalidationPlan(
            try ["/a", "/b", "/a"].map { try InvalidationPath(pattern: $0) }, reference: "run/step", maximum: 100)
        #expect(plan.batches.map { $0.paths.map(\.text) } == [["/a", "/b"]])
        #expect(plan.batches.map(\.callerReference) == ["run/step/1"])
    }

    @Test func nothingToInvalidateIsNoCall() {
        #expect(InvalidationPlan([], reference: "r", maximum: 100).batches.isEmpty)
    }

    @Test func aboveTheMaximumEverythingGoes() throws {
        let paths = try (0..<4).map { try InvalidationPath(pattern: "/\($0)") }
        #expect(InvalidationPlan(paths, reference: "r", maximum: 3).batches.map { $0.paths.map(\.text) } == [["/*"]])
        #expect(InvalidationPlan(paths, reference: "r", maximum: 4).batches.map(\.paths.count) == [4])
        let withAll = InvalidationPlan(paths + [.everything], reference: "r", maximum: 100)
        #expect(withAll.batches.map { $0.paths.map(\.text) } == [["/*"]])
    }

    @Test func batchesKeepToTheQuota() throws {
        let files = try (0..<6_001).map { try InvalidationPath(pattern: "/f\($0)") }
        let plan = InvalidationPlan(files, reference: "r", maximum: 10_000)
        #expect(plan.batches.map(\.paths.count) == [3_000, 3_000, 1])
        #expect(plan.batches.map(\.callerReference) == ["r/1", "r/2", "r/3"])
        let wildcards = try (0..<31).map { try InvalidationPath(pattern: "/w\($0)*") }
        #expect(InvalidationPlan(wildcards, reference: "r", maximum: 10_000).batches.map(\.paths.count) == [15, 15, 1])
    }
}
