import AWS
import PipelineKit
import TestSupport
import Testing

extension S3RunFaultTests {
    /// Whole deploys whose calls of S3 and CloudFront are hurt at random, by a seed. A deploy counts if a proxy has hurt it.
    @Suite struct RandomFaultSoakTests {
        private static let faults = [
            "slowdown", "internal", "unavailable", "expired-token", "skew", "denied", "conflict", "request-timeout",
            "quota",
            "strange", "error-200", "html-502", "reset-before-body", "reset-after-body", "lost-reply", "truncate",
            "stall",
            "stall-body", "corrupt", "latency",
        ]
        private static let methods = ["GET", "PUT", "POST", "DELETE", "HEAD", "PUT|POST", ""]
        /// So many deploys at the same time, each in a store of its own.
        private static let lanes = 5

        /// What a seed does to one deploy: rules of both proxies.
        private static func rules(seed: Int, host: String) -> (s3: [String], cloudFront: [String]) {
            var random = SeededRandom(seed: UInt64(seed))
            func rules(_ count: Int, within most: Int) -> [String] {
                (0..<count).map { _ in
                    let fault = faults[Int.random(in: faults.indices, using: &random)]
                    let method = methods[Int.random(in: methods.indices, using: &random)]
                    let first = Int.random(in: 1...most, using: &random)
                    // Once, or some times one after the other; so that a run that waits for an end of it finds one.
                    let nth = (first..<first + Int.random(in: 1...4, using: &random)).map(String.init).joined(
                        separator: ",")
                    return
                        #"{"fault": "\#(fault)", "host": "^\#(host)", "method": "\#(method)", "nth": [\#(nth)], "seconds": 1}"#
                }
            }
            let count = Int.random(in: 1...3, using: &random)
            return (rules(count, within: 12), rules(Int.random(in: 0...2, using: &random), within: 4))
        }

        @Test(.timeLimit(.minutes(60))) func whateverIsHurtTheExitStatusIsTrue() async throws {
            let count = Soak.rounds(20, soak: 200)
            try await LocalAWS.with { aws in
                var places: [ProxiedDeploys] = []
                for _ in 0..<Self.lanes { places.append(try await ProxiedDeploys(aws)) }
                let tally = Tally()
                var (tried, counted) = (0, 0)
                try await Self.hurt(aws, [])
                try await Self.all(places) { place, _ in
                    let said = try await place.deploy("v0")
                    #expect(said.code == 0, "\(said.error)")
                    return true
                }
                while tried < count {
                    let seeds = tried..<min(count, tried + Self.lanes)
                    let chosen = Array(places.prefix(seeds.count))
                    let rules = zip(seeds, chosen).map { Self.rules(seed: $0, host: $1.host) }
                    try await Self.hurt(aws, rules)
                    let first = tried
                    let codes = try await Self.all(chosen) { place, lane in
                        try await Self.hurtDeploy(place, seed: first + lane, tally)
                    }
                    counted += try await Self.hurtDeploys(aws, rules, codes.count)
                    tried = seeds.upperBound
                    try await Self.hurt(aws, [])
                    _ = try await Self.all(chosen) { place, lane in
                        let said = try await place.deploy("v\(first + lane)-next")
                        let what = "after seed \(first + lane): \(said.code) \(said.error)"
                        #expect(said.code == 0, "\(what)")
                        try await place.expectLive(["v\(first + lane)-next"], what)
                        return true
                    }
                }
                Soak.report(
                    "deploys hurt at random", "\(counted) of \(tried) were hurt; \(tally.text)")
                #expect(counted * 100 >= tried * 80)
            }
        }

        private static func hurtDeploy(_ place: ProxiedDeploys, seed: Int, _ tally: Tally) async throws -> Bool {
            let old = try #require(try await place.live())
            let release = "v\(seed)-hurt"
            let said = try await place.deploy(release)
            let what = "seed \(seed): \(said.code) \(said.error)"
            tally.note("exit \(said.code)")
            let expected = [0: [release], 1: [old], 3: [old, release], 4: [release], 75: [old]][said.code]
            #expect(expected != nil, "\(what)")
            #expect(said.code == 0 || said.error.contains("error: ") || said.code == 4, "\(what)")
            try await place.expectLive(expected ?? [old, release], what)
            return true
        }

        /// How many of the deploys have met a rule of theirs.
        private static func hurtDeploys(
            _ aws: LocalAWS, _ rules: [(s3: [String], cloudFront: [String])], _ count: Int
        ) async throws -> Int {
            var (s3, cloudFront) = (
                try await aws.fired(ProxiedDeploys.s3)[...], try await aws.fired(ProxiedDeploys.cloudFront)[...]
            )
            var hurt = 0
            for rule in rules.prefix(count) {
                let fired = s3.prefix(rule.s3.count) + cloudFront.prefix(rule.cloudFront.count)
                (s3, cloudFront) = (s3.dropFirst(rule.s3.count), cloudFront.dropFirst(rule.cloudFront.count))
                if fired.contains(where: { $0 > 0 }) { hurt += 1 }
            }
            return hurt
        }

        private static func hurt(_ aws: LocalAWS, _ rules: [(s3: [String], cloudFront: [String])]) async throws {
            try await aws.hurt(ProxiedDeploys.s3, rules.flatMap(\.s3).joined(separator: ","))
            try await aws.hurt(ProxiedDeploys.cloudFront, rules.flatMap(\.cloudFront).joined(separator: ","))
        }

        @discardableResult
        private static func all(
            _ places: [ProxiedDeploys], _ play: @escaping @Sendable (ProxiedDeploys, Int) async throws -> Bool
        ) async throws -> [Bool] {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for (lane, place) in places.enumerated() { group.addTask { try await play(place, lane) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
    }
}
