import AWS
import InvalidateStep
import PipelineKit
import TestSupport
import Testing
import WaitStep

/// `invalidate` and `wait` as steps of their own.
@Suite struct WaitDistributionTests {
    @Test func waitsForEdgesAndForInvalidations() async throws {
        try await DistributionFixture.with { site in
            let shared: [String: Value] = ["distribution": .text(site.distribution)]
            try await site.setPath("/new")
            _ = try await Wait(.test(shared)).run(in: try site.context(step: "edges"))
            #expect(try await site.aws.cloudFront.getDistribution(site.distribution).isDeployed)

            let drop = Invalidate(try .test(shared.merging(["paths": ["/日本/*", "/a"], "wait": false]) { $1 }))
            let output = try await perform(drop, in: try site.context(step: "caches"))
            let id = try #require(output.invalidation)
            #expect(output.paths == ["/%E6%97%A5%E6%9C%AC/*", "/a"])
            let fields = shared.merging(["invalidation": .text(id)]) { $1 }
            _ = try await Wait(.test(fields)).run(in: try site.context(step: "dropped"))
            #expect(try await site.aws.cloudFront.getInvalidation(id, on: site.distribution).isCompleted)
        }
    }

    @Test func runAgainItIsTheSameInvalidation() async throws {
        try await DistributionFixture.with { site in
            let step = Invalidate(try .test(["distribution": .text(site.distribution)]))
            let context = try site.context(step: "caches")
            let state = try #require(try await before(step, in: context))
            let ids = [try await step.run(from: state, in: context), try await step.run(from: state, in: context)].map {
                $0.invalidation
            }
            #expect(ids[0] != nil && ids[0] == ids[1])
            #expect(try await site.invalidations().map(\.callerReference) == ["run-1/caches/1"])
        }
    }

    /// CloudFront takes 15 of them at a time.
    @Test func manyWildcardsGoOneBatchAfterTheOther() async throws {
        try await DistributionFixture.with { site in
            let paths = Value.list((1...20).map { .text("/\($0)/*") })
            let step = Invalidate(try .test(["distribution": .text(site.distribution), "paths": paths]))
            let output = try await perform(step, in: try site.context(step: "caches"))
            let made = try await site.invalidations()
            #expect(made.map(\.callerReference) == ["run-1/caches/2", "run-1/caches/1"])
            #expect(made.first?.id == output.invalidation && made.filter(\.isCompleted).count == 2)
        }
    }

    /// CloudFront takes 3,000 paths at a time; more of them become a single `/*`.
    @Test(arguments: [(2_999, 2_999), (3_000, 3_000), (3_001, 1)])
    func manyPathsGoInOneCallOrAsEverything(_ count: Int, _ told: Int) async throws {
        try await DistributionFixture.with { site in
            let paths = Value.list((1...count).map { .text("/page \($0)") })
            for run in ["run-1", "run-2"] {
                let step = Invalidate(try .test(["distribution": .text(site.distribution), "paths": paths]))
                // The second one waits until the first has ended: both together are too many.
                let output = try await perform(step, in: try site.context(run: run, step: "caches"))
                #expect(output.paths.count == told && output.paths.last == (told == 1 ? "/*" : "/page%20\(count)"))
            }
            let made = try await site.invalidations()
            #expect(made.map(\.callerReference) == ["run-2/caches/1", "run-1/caches/1"])
            #expect(made.filter(\.isCompleted).count == 2)
        }
    }

    @Test func anUnknownDistributionIsNamed() async throws {
        try await DistributionFixture.with { site in
            let fields: [String: Value] = ["distribution": "ENOBODYS00000"]
            let context = try site.context()
            for error in [
                await describedError { _ = try await Wait(.test(fields)).run(in: context) },
                await describedError { _ = try await Invalidate(.test(fields)).prepare(in: context) },
            ] {
                #expect(error?.code == "aws-no-such-distribution" && error?.message.contains("ENOBODYS00000") == true)
            }
        }
    }
}
