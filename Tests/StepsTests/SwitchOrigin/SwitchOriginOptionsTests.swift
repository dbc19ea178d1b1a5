import PipelineKit
import Releases
import SwitchOriginStep
import SyncStep
import SystemPackage
import Testing

@Suite struct StoreStepOptionsTests {
    private static let mark = SourceMark(line: 1, column: 1)

    private func node(_ fields: [String: String]) -> Node {
        Node(
            .mapping(
                fields.sorted { $0.key < $1.key }.map { key, text in
                    .init(key: key, keyMark: Self.mark, value: Node(.scalar(text, plain: true), at: Self.mark))
                }), at: Self.mark)
    }

    @Test(arguments: ["releases", "a/b", "..", ".hidden", "", "-x"])
    func refusesLinkNames(name: String) {
        let problems = ProblemList()
        _ = SwitchOrigin.Options.read(node(["store": "/srv", "version": "v1", "current": name]), problems)
        #expect(!problems.errors.isEmpty)
    }

    @Test func syncRefusesForAFolderWhatOnlyABucketHas() {
        let problems = ProblemList()
        _ = Sync.Options.read(
            node(["store": "/srv", "version": "v1", "assets": "a", "part-size": "8MiB"]), problems)
        #expect(problems.errors.map(\.message) == ["`part-size` only applies to buckets, and `store` is a folder"])
        let bucket = ProblemList()
        _ = Sync.Options.read(
            node(["store": "s3://b/p", "version": "v1", "assets": "a", "part-size": "8MiB"]), bucket)
        #expect(bucket.errors.isEmpty)
    }

    @Test(arguments: ["headers", "immutable"])
    func syncRefusesHeadersForAFolder(name: String) throws {
        let item =
            name == "headers"
            ? node(["match": "*.pdf", "cache-control": "no-store"])
            : Node(.scalar("*.pdf", plain: false), at: Self.mark)
        let value = Node(.sequence([item]), at: Self.mark)
        func errors(_ store: String) throws -> [String] {
            let problems = ProblemList()
            var options = node(["store": store, "version": "v1", "assets": "a"])
            guard case .mapping(let entries) = options.content else { return [] }
            options.content = .mapping(entries + [.init(key: name, keyMark: Self.mark, value: value)])
            _ = Sync.Options.read(options, problems)
            return problems.errors.map(\.message)
        }
        #expect(
            try errors("/srv") == [
                "`\(name)` has no effect, because `store` is a folder, whose web server decides about headers"
            ])
        #expect(try errors("s3://b/p") == [])
    }

    @Test func syncWantsSomethingToUpload() {
        let problems = ProblemList()
        _ = Sync.Options.read(node(["store": "/srv", "version": "v1"]), problems)
        #expect(problems.errors.first?.message.hasPrefix("set one of `assets` or `source`") == true)
    }

    @Test func bothNameTheStoreThatTheyChange() throws {
        let project = Project(folder: "/project")
        let problems = ProblemList()
        let sync = try #require(Sync.Options.read(node(["store": "out", "version": "v1", "assets": "a"]), problems))
        let origin = try #require(SwitchOrigin.Options.read(node(["store": "file:out", "version": "v1"]), problems))
        #expect(Sync.resources(of: KnownOptions(sync), in: project) == [Resource(url: "file:///project/out")])
        #expect(SwitchOrigin.resources(of: KnownOptions(origin), in: project) == [Resource(url: "file:///project/out")])
    }
}
