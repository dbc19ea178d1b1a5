import PipelineKit
import SwitchOriginStep
import TestSupport
import Testing

@Suite struct DistributionOptionsTests {
    private func problems(_ fields: [String: Value]) -> [String] {
        SwitchOrigin.Options.problems(["version": "v1"].merging(fields) { $1 }).map(\.message)
    }

    @Test func aBucketNeedsADistributionAndAFolderHasNone() {
        #expect(problems(["store": "s3://b/p", "distribution": "E1"]) == [])
        #expect(problems(["store": "/srv/www"]) == [])
        #expect(problems(["store": "s3://b/p"]).first?.contains("`distribution` is missing") == true)
        #expect(problems(["store": "/srv/www", "distribution": "E1"]).first?.contains("the store is a folder") == true)
        #expect(
            problems(["store": "s3://b/p", "distribution": "E1", "current": "x"]).first?.contains("has no links")
                == true)
    }

    @Test(arguments: ["", "E 1", "https://d1.cloudfront.net", "d1.cloudfront.net"])
    func anIDIsNoAddress(_ text: String) {
        #expect(problems(["store": "s3://b/p", "distribution": .text(text)]).count == 1)
    }

    @Test(
        arguments: [
            ("off", .off), (false, .off), ([], .off), ("/*", .everything), ("/a/*", .patterns(["/a/*"])),
            (["/a", "/b/*"], .patterns(["/a", "/b/*"])),
        ] as [(Value, RollbackPaths)])
    func whatARollbackDrops(_ value: Value, _ wanted: RollbackPaths) throws {
        let options = try SwitchOrigin.Options.test([
            "store": "s3://b/p", "version": "v1", "distribution": "E1", "invalidate-on-rollback": value,
        ])
        #expect(options.invalidateOnRollback == wanted)
    }

    @Test(arguments: ["a", "/a*b", true, 3] as [Value])
    func otherThingsAreNoPaths(_ value: Value) {
        let fields: [String: Value] = ["store": "s3://b/p", "distribution": "E1", "invalidate-on-rollback": value]
        #expect(problems(fields).count == 1)
    }
}
