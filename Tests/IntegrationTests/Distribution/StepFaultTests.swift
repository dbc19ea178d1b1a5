import AWS
import InvalidateStep
import PipelineKit
import Releases
import SwitchOriginStep
import TestSupport
import Testing
import WaitStep

extension CloudFrontFaultTests {
    /// What becomes of a step whose calls of CloudFront break.
    @Suite struct StepFaultTests {
        struct Row: Sendable, CustomTestStringConvertible {
            var rules: [String]
            /// Nil for success.
            var code: String?
            /// What the error must say, in its message or its help.
            var tells: [String] = []

            var testDescription: String { rules.joined(separator: ", ") }

            init(_ rules: String..., code: String? = nil, tells: [String] = []) {
                self.rules = rules
                self.code = code
                self.tells = tells
            }

            func check(_ error: (any DescribedError)?) {
                #expect(error?.code == code, "\(error?.message ?? "no error")")
                let text = [error?.message, error?.help].compactMap { $0 }.joined(separator: "; ")
                for word in tells { #expect(text.contains(word), "\(text)") }
            }
        }

        static let switches = [
            // The service did it, and the reply never came.
            Row(#"{"fault": "lost-reply", "method": "PUT", "first": 1}"#),
            Row(#"{"fault": "truncate", "method": "PUT", "first": 1}"#),
            Row(#"{"fault": "lost-reply", "method": "PUT", "nth": [1, 2]}"#),
            // It did not.
            Row(#"{"fault": "reset-before-body", "method": "PUT", "first": 2}"#),
            Row(#"{"fault": "reset-after-body", "method": "PUT", "first": 1}"#),
            Row(#"{"fault": "slowdown", "method": "PUT", "first": 6}"#),
            Row(#"{"fault": "unavailable", "method": "PUT", "first": 3}"#),
            Row(#"{"fault": "internal", "method": "PUT", "first": 1}"#),
            Row(#"{"fault": "html-502", "method": "PUT", "first": 1}"#),
            // A 412, and the path is the one from before: somebody has changed something else.
            Row(#"{"fault": "conflict", "method": "PUT", "first": 2}"#),
            // The looks before, after and in between.
            Row(#"{"fault": "truncate", "method": "GET", "first": 2}"#),
            Row(#"{"fault": "slowdown", "method": "GET", "every": 2}"#),
            Row(#"{"fault": "unavailable", "method": "GET", "first": 3}"#),
            Row(
                #"{"fault": "denied", "method": "PUT"}"#, code: "aws-access-denied",
                tells: ["cloudfront:UpdateDistribution", "distribution/DISTRIBUTION"]),
            Row(
                #"{"fault": "denied", "method": "GET"}"#, code: "aws-access-denied",
                tells: ["cloudfront:GetDistributionConfig", "distribution/DISTRIBUTION"]),
            Row(
                #"{"fault": "strange", "method": "PUT"}"#, code: "aws-never-heard-of",
                tells: ["NeverHeardOf", "UpdateDistribution", "status 418"]),
        ]

        /// One pass of the step, and what it leaves behind.
        @Test(arguments: switches)
        func aSwitch(_ row: Row) async throws {
            try await DistributionFixture.with(rules: row.rules) { site in
                try await site.release("v1")
                try await site.hurt(row.rules)
                let (step, context) = (try site.switchOrigin("v1"), try site.context())
                let error = await describedError { _ = try await perform(step, in: context) }
                var wanted = row
                wanted.tells = row.tells.map { $0.replacing("DISTRIBUTION", with: site.distribution) }
                wanted.check(error)
                #expect(try await site.path() == (row.code == nil ? "/releases/v1" : "/old"))
                let records = try await site.records()
                guard row.code != nil else {
                    #expect(records == ["run-1.distribution-\(site.distribution)-site.json"])
                    return
                }
                // A refusal leaves nothing to take back, and taking it back asks for no permission.
                #expect(records == [])
                let etag = try await site.aws.cloudFront.getDistributionConfig(site.distribution).etag
                try await step.rollback(to: .init(previous: nil, path: "/old", origin: "site"), in: context)
                #expect(try await site.aws.cloudFront.getDistributionConfig(site.distribution).etag == etag)
            }
        }

        static let rollbacks = [
            Row(#"{"fault": "lost-reply", "method": "PUT", "first": 1}"#),
            Row(#"{"fault": "slowdown", "first": 6}"#),
            Row(#"{"fault": "lost-reply", "method": "POST", "first": 2}"#),
            Row(#"{"fault": "quota", "method": "POST", "first": 3}"#),
            Row(#"{"fault": "truncate", "first": 1}"#),
            Row(
                #"{"fault": "denied", "method": "POST"}"#, code: "aws-access-denied",
                tells: ["cloudfront:CreateInvalidation"]),
        ]

        @Test(arguments: rollbacks)
        func aRollback(_ row: Row) async throws {
            try await DistributionFixture.with(rules: row.rules) { site in
                try await site.release("v1")
                let (step, context) = (try site.switchOrigin("v1"), try site.context())
                let state = try #require(try await before(step, in: context))
                _ = try await step.run(from: state, in: context)
                try await site.hurt(row.rules)
                row.check(await describedError { try await step.rollback(to: state, in: context) })
                #expect(try await site.path() == "/old")
                // A second rollback finishes it, and CloudFront has one invalidation of it.
                try await site.hurt([])
                try await step.rollback(to: state, in: context)
                #expect(try await site.invalidations().map(\.callerReference) == ["run-1/switch/rollback/1"])
            }
        }

        static let invalidations = [
            Row(#"{"fault": "lost-reply", "method": "POST", "first": 2}"#),
            Row(#"{"fault": "truncate", "method": "POST", "first": 1}"#),
            Row(#"{"fault": "unavailable", "method": "POST", "first": 4}"#),
            Row(#"{"fault": "slowdown", "method": "POST", "first": 4}"#),
            Row(#"{"fault": "quota", "method": "POST", "first": 4}"#),
            Row(#"{"fault": "truncate", "method": "GET", "first": 1}"#),
            Row(
                #"{"fault": "denied", "method": "POST"}"#, code: "aws-access-denied",
                tells: ["cloudfront:CreateInvalidation"]),
            Row(#"{"fault": "strange", "method": "POST"}"#, code: "aws-never-heard-of", tells: ["NeverHeardOf"]),
        ]

        @Test(arguments: invalidations)
        func anInvalidation(_ row: Row) async throws {
            try await DistributionFixture.with(rules: row.rules) { site in
                try await site.hurt(row.rules)
                let step = Invalidate(
                    try .test(["distribution": .text(site.distribution), "paths": ["/*", "/a b"]]))
                let context = try site.context(step: "caches")
                let state = try #require(try await before(step, in: context))
                var output = Invalidate.Output()
                row.check(await describedError { output = try await step.run(from: state, in: context) })
                let made = try await site.invalidations()
                guard row.code == nil else { return #expect(made.isEmpty) }
                #expect(made.map(\.id) == [output.invalidation] && made.first?.isCompleted == true)
                #expect(made.first?.callerReference == "run-1/caches/1" && output.paths == ["/*"])
            }
        }

        /// A write that is still on its way when its run is rolled back must not arrive later.
        @Test func aWriteThatIsLateIsShutOut() async throws {
            try await DistributionFixture.with(rules: []) { site in
                try await site.release("v1")
                let (step, context) = (try site.switchOrigin("v1"), try site.context())
                let state = try #require(try await before(step, in: context))
                let late = try await site.aws.cloudFront.getDistributionConfig(site.distribution)
                try await site.hurt([#"{"fault": "reset-before-body", "method": "PUT"}"#])
                let error = await describedError { _ = try await step.run(from: state, in: context) }
                #expect(error?.retryClass == .network)
                // Nobody knows whether it was applied, so the rollback must take care of it.
                #expect(try await site.records().count == 1)
                try await site.hurt([])
                try await step.rollback(to: state, in: context)
                let path = try OriginPath("/\(site.prefix)/releases/v1")
                let outcome = try await site.aws.cloudFront.updateDistribution(
                    site.distribution, config: try late.replacingOriginPath(ofOrigin: "site", with: path),
                    ifMatch: late.etag)
                #expect(outcome == .stale(mayHaveBeenApplied: false))
                #expect(try await site.path() == "/old")
            }
        }

        /// The reply is lost for good, and the step fails although the switch was made.
        @Test func whatWasDoneUnnoticedIsTakenBack() async throws {
            try await DistributionFixture.with(rules: []) { site in
                try await site.release("v1")
                let (step, context) = (try site.switchOrigin("v1"), try site.context())
                let state = try #require(try await before(step, in: context))
                try await site.hurt([
                    #"{"fault": "lost-reply", "method": "PUT"}"#,
                    #"{"fault": "reset-before-body", "method": "GET", "nth": \#(Array(3...300))}"#,
                ])
                #expect(await errorCode { _ = try await step.run(from: state, in: context) } != nil)
                try await site.hurt([])
                #expect(try await site.path() == "/releases/v1")
                try await step.rollback(to: state, in: context)
                #expect(try await site.path() == "/old")
            }
        }
    }
}
