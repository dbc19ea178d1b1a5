import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

extension CloudFrontFaultTests {
    /// Signals to a deploy to a distribution while a call of CloudFront is under way, as a CI system sends them.
    @Suite struct CancelledDeployTests {
        /// A call that takes its time, so that the signals meet it.
        struct Phase: Sendable, CustomTestStringConvertible {
            var name: String
            var selectors: String
            /// Whether the pointer is at the new release by then.
            var isAfterSwitch: Bool

            var testDescription: String { name }
        }

        private static let proxy = "CHAOS_CLOUDFRONT_URL"
        static let phases = [
            Phase(name: "the look", selectors: #""method": "GET", "path": "/config$""#, isAfterSwitch: false),
            Phase(name: "the write", selectors: #""method": "PUT", "path": "/config$""#, isAfterSwitch: false),
            Phase(
                name: "the edges", selectors: #""method": "GET", "path": "distribution/[A-Z0-9]+$""#,
                isAfterSwitch: true),
            Phase(
                name: "the invalidation", selectors: #""method": "POST", "path": "/invalidation$""#, isAfterSwitch: true
            ),
        ]

        private func withV1(_ body: (DeployedSite) async throws -> Void) async throws {
            try await DeployedSite.with(cloudFront: Self.proxy) { site in
                try await site.aws.hurt(Self.proxy)
                try await site.write("v1", changed: 1)
                let said = try await site.run("deploy.yml")
                #expect(said.code == 0, "\(said.error)")
                try await site.write("v2", changed: 1)
                try await body(site)
                try await site.aws.hurt(Self.proxy)
            }
        }

        /// Lets the call of a phase wait until `release`.
        private func hold(_ site: DeployedSite, _ phase: Phase) async throws {
            let until = site.project.folder["released"].string
            try await site.aws.hurt(
                Self.proxy, logs: true,
                #"{"fault": "latency", "until": "\#(until)", \#(phase.selectors), "times": 1}"#)
        }

        /// Lets the held call go on, and waits until CloudFront has answered it, whether or not somebody still listens.
        private func release(_ site: DeployedSite) async throws {
            let held = try await site.aws.log(Self.proxy).count
            try site.project.folder.write("", to: "released")
            try await waitUntil { try await site.aws.log(Self.proxy).count > held }
        }

        /// A deploy of v2 whose call waits, and which has been sent SIGINT.
        private func interrupted(_ site: DeployedSite, _ phase: Phase) async throws -> RunnerProcess {
            try await hold(site, phase)
            let process = try site.start("deploy.yml")
            try await waitUntil { try await site.aws.met(Self.proxy) > 0 }
            process.signal(SIGINT)
            return process
        }

        /// Not through the proxy, whose plan would see it.
        private func live(_ site: DeployedSite) async throws -> String { try await site.path() }

        /// SIGINT alone: the run rolls back, and everything is as before.
        @Test(arguments: phases) func oneSignal(_ phase: Phase) async throws {
            try await withV1 { site in
                let process = try await interrupted(site, phase)
                try await process.says("stopping:")
                try await release(site)
                let said = try await process.end()
                #expect(said.code == 130, "\(said.error)")
                #expect(try await live(site) == "/releases/v1", "\(said.error)")
                #expect(try await site.page("pages/0.html").contains("page 0 of v1"))
                #expect(try await site.listing("releases/v2/") == [], "\(said.error)")
                #expect(try await site.runner("recover").error == "nothing to recover in ~/.runner\n")
            }
        }

        /// The call never gets its answer, and visitors have the old release all the same.
        @Test(arguments: phases.filter(\.isAfterSwitch)) func thePointerIsBackInTime(_ phase: Phase) async throws {
            try await withV1 { site in
                let process = try await interrupted(site, phase)
                let began = ContinuousClock.now
                try await waitUntil { try await live(site) == "/releases/v1" }
                let time = began.duration(to: .now)
                Soak.report("SIGINT during \(phase.name)", "the pointer was back after \(time.text)")
                #expect(time < .seconds(5))
                try await release(site)
                let said = try await process.end()
                #expect(said.code == 130, "\(said.error)")
                #expect(try await live(site) == "/releases/v1", "\(said.error)")
            }
        }

        /// SIGINT, SIGTERM and SIGKILL while a call hangs: the journal has what is left, and `recover` does it.
        @Test(arguments: phases) func aCancelledJob(_ phase: Phase) async throws {
            try await withV1 { site in
                let process = try await interrupted(site, phase)
                if phase.isAfterSwitch { try await waitUntil { try await live(site) == "/releases/v1" } }
                try await process.says("stopping:")
                try await Task.sleep(for: .milliseconds(1_050))
                process.signal(SIGTERM)
                let killer = Task {
                    try await Task.sleep(for: .milliseconds(2_500))
                    process.signal(SIGKILL)
                }
                let said = try await process.end()
                killer.cancel()
                #expect([130, 143, 137].contains(said.code), "\(said.code) \(said.error)")
                try await release(site)
                try await site.aws.hurt(Self.proxy)
                let recovery = try await site.runner("recover")
                #expect([0, 1].contains(recovery.code), "\(recovery.error)")
                #expect(try await live(site) == "/releases/v1", "\(said.error)\(recovery.error)")
                #expect(try await site.page("pages/0.html").contains("page 0 of v1"))
                #expect(try await site.runner("recover").error == "nothing to recover in ~/.runner\n")
            }
        }

        /// The second signal comes while the pointer's write is under way: the process ends after it, and not in its middle.
        @Test func aWriteOfThePointerIsEndedInTime() async throws {
            try await withV1 { site in
                let write = Self.phases[1]
                let process = try await interrupted(site, write)
                try await Task.sleep(for: .milliseconds(1_050))
                process.signal(SIGTERM)
                try await Task.sleep(for: .milliseconds(300))
                try await release(site)
                let began = ContinuousClock.now
                let said = try await process.end()
                let time = began.duration(to: .now)
                Soak.report("a second signal in the pointer's write", "the process ended \(time.text) after its reply")
                #expect(said.code == 143 && time < .seconds(1), "\(said.code) \(time) \(said.error)")
                // Its reply has come: the write was not cut off.
                let writes = try await site.aws.log(Self.proxy).filter {
                    $0.method == "PUT" && $0.target.hasSuffix("/config")
                }
                #expect(writes.first?.status == 200, "\(writes)")
                #expect(try await site.runner("recover").code == 1)
                #expect(try await live(site) == "/releases/v1")
            }
        }
    }
}
