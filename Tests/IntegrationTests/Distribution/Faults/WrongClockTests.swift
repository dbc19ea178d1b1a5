import FoundationEssentials
import PipelineKit
import SystemPackage
import TestSupport
import Testing

extension S3RunFaultTests {
    /// Deploys of a machine whose clock is wrong. The proxies refuse what is signed more than five minutes from now, as S3
    /// and CloudFront do, and say what time it is.
    @Suite struct WrongClockTests {
        /// By so many seconds. Up to four minutes are no mistake for the services.
        private static let clocks = [-86_400, -360, 360, 1_200]

        @Test func aWrongClockIsCorrected() async throws {
            let library = try await Self.library()
            try await LocalAWS.with { aws in
                for proxy in [ProxiedDeploys.s3, ProxiedDeploys.cloudFront] {
                    try await aws.hurt(proxy, maxSkew: 300)
                }
                let counted = try await withThrowingTaskGroup(of: Int.self) { group in
                    for clock in Self.clocks {
                        group.addTask { try await Self.deploy(clock, library["wrong-clock.so"], aws) }
                    }
                    return try await group.reduce(0, +)
                }
                for proxy in [ProxiedDeploys.s3, ProxiedDeploys.cloudFront] { try await aws.hurt(proxy) }
                Soak.report("clocks that are wrong", "\(counted) of \(Self.clocks.count) were refused, and corrected")
                #expect(counted == Self.clocks.count)
            }
        }

        /// - Returns: 1 if the services have refused the clock.
        private static func deploy(_ clock: Int, _ library: FilePath, _ aws: LocalAWS) async throws -> Int {
            let deploys = try await ProxiedDeploys(aws)
            let said = try await deploys.deploy("v1", ["LD_PRELOAD": library.string, "WRONG_CLOCK": "\(clock)"])
            let what = "\(clock) s: \(said.code) \(said.error)"
            #expect(said.code == 0, "\(what)")
            try await deploys.expectLive(["v1"], what)
            let refused =
                try await aws.counted(ProxiedDeploys.s3, "skewed \(deploys.host)")
                + aws.counted(ProxiedDeploys.cloudFront, "skewed \(deploys.host)")
            // Each request that was under way is refused once, and none of those after it.
            #expect(refused <= 8, "\(refused) were refused; \(what)")
            // Machines whose clocks are right deploy after it.
            let next = try await deploys.deploy("v2")
            #expect(next.code == 0, "after \(what): \(next.code) \(next.error)")
            try await deploys.expectLive(["v2"], "after \(what): \(next.error)")
            return refused > 0 ? 1 : 0
        }

        /// A folder with the library that moves a program's clock.
        private static func library() async throws -> TemporaryFolder {
            let folder = try TemporaryFolder()
            let source = FilePath("/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/"))
                .pushing("TestBed/wrong-clock.c")
            // Swift comes with it.
            let compiler = Command(
                "clang", ["-shared", "-fPIC", "-o", folder["wrong-clock.so"].string, source.string],
                environment: ProcessInfo.processInfo.environment, directory: folder.path)
            let status = try await SubprocessRunner(clock: SystemClock()).run(compiler) { _ in }
            try #require(status.isSuccess, "clang could not compile \(source)")
            return folder
        }
    }
}
