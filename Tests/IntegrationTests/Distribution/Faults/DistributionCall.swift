import AWS
import InvalidateStep
import PipelineKit
import Releases
import SwitchOriginStep
import TestSupport
import Testing
import WaitStep

/// A kind of call that a switch or what follows it makes, and the step that makes it.
struct DistributionCall: Sendable, CustomTestStringConvertible {
    var name: String
    /// What selects the call, in a rule of the proxy.
    var selectors: String
    /// True if calls are made until something has happened, so that their number says nothing.
    var isPolling = false
    var step: @Sendable (DistributionFixture, _ number: Int) async throws -> Void
    /// What is wrong afterwards; empty if nothing is.
    var faults: @Sendable (DistributionFixture, _ number: Int, _ isDone: Bool) async throws -> [String]

    var testDescription: String { name }

    /// A call of `switch-origin`, of CloudFront or of the store.
    static func switchOrigin(_ name: String, _ selectors: String) -> DistributionCall {
        DistributionCall(
            name: name, selectors: selectors,
            step: { site, number in
                _ = try await perform(try site.switchOrigin("v\(number)"), in: try site.context(run: run(number)))
            },
            faults: { site, number, isDone in
                let path = try await site.path()
                let hasRecord = try await site.records().contains { $0.hasPrefix("\(run(number)).") }
                let step = try site.switchOrigin("v\(number)")
                let isLive = path == "/releases/v\(number)"
                var faults: [String] = []
                // A step that failed may have switched, and then a record tells its rollback so.
                if isDone ? !(isLive && hasRecord) : (isLive && !hasRecord) { faults.append("\(path), \(hasRecord)") }
                guard number > 0 else { return faults }
                let before = "/releases/v\(number - 1)"
                if !isDone, isLive == (path == before) { faults.append("it is at \(path)") }
                // A second run must succeed, so that the next one begins where this one should have ended.
                let previous = try ReleaseVersion("v\(number - 1)")
                let state = SwitchOrigin.Before(
                    previous: previous, path: "/\(site.prefix)\(before)", origin: "site")
                _ = try await step.run(from: state, in: try site.context(run: run(number)))
                if try await site.path() != "/releases/v\(number)" { faults.append("not even the second time") }
                return faults
            })
    }

    static let getDistribution = DistributionCall(
        name: "GetDistribution, by wait", selectors: #""method": "GET", "path": "distribution/[A-Z0-9]+$""#,
        isPolling: true,
        step: { site, number in
            let step = try Wait(.test(["distribution": .text(site.distribution)]))
            _ = try await step.run(in: try site.context(run: run(number)))
        },
        faults: { site, _, _ in
            // It only looks.
            let (path, made) = (try await site.path(), try await site.invalidations().count)
            return path == "/releases/v0" && made == 0 ? [] : ["it is at \(path), \(made) invalidations"]
        })

    static func invalidate(_ name: String, _ selectors: String, isPolling: Bool = false) -> DistributionCall {
        DistributionCall(
            name: name, selectors: selectors, isPolling: isPolling,
            step: { site, number in
                let step = Invalidate(try .test(["distribution": .text(site.distribution)]))
                _ = try await perform(step, in: try site.context(run: run(number), step: "caches"))
            },
            faults: { site, number, isDone in
                let made = try await site.invalidations().map(\.callerReference).filter {
                    $0.hasPrefix("\(run(number))/")
                }
                return made == ["\(run(number))/caches/1"] || (!isDone && made == []) ? [] : ["\(made)"]
            })
    }

    static func run(_ number: Int) -> String { "run-\(1_000 + number)" }
}
