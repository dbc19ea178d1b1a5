import AWS
import PipelineKit
import TestSupport
import Testing

extension S3FaultTests {
    /// What a deploy sends, as a proxy between it and the bucket counts it.
    @Suite struct SentBytesTests {
        private func sent(_ site: DeployedSite) async throws -> Int {
            let proxy = "CHAOS_S3_URL"
            return try await site.aws.counted(proxy, "bytes PUT") + site.aws.counted(proxy, "bytes POST")
        }

        /// A hundred files of 100 kB each, of which some are the release's own.
        private func write(_ release: String, _ changed: Range<Int>, to site: DeployedSite) async throws -> Int {
            for number in 0..<100 {
                var state = UInt32(number + (changed.contains(number) ? 1_000 : 0))
                let bytes = (0..<100_000).map { _ in
                    state = state &* 1_664_525 &+ 1_013_904_223
                    return UInt8(state >> 24)
                }
                try site.project.folder.write(bytes, to: "public/files/\(number).bin")
            }
            try site.project.folder.write("<html>\(release)</html>", to: "public/index.html")
            try await site.git("add", "-A")
            try await site.git("commit", "-q", "-m", release)
            try await site.git("tag", release)
            return 100 * 100_000
        }

        @Test func aHundredthThatChangedIsAHundredthThatIsSent() async throws {
            try await DeployedSite.with(s3: "CHAOS_S3_URL") { site in
                let quiet = ProxyFaults.rule("latency", #""method": "PUT|POST", "path": "/releases/[^?]""#, first: nil)
                    .replacing("0.05", with: "0")
                try await site.aws.hurt("CHAOS_S3_URL", quiet)
                let size = try await write("v1", 0..<0, to: site)
                let first = try await site.run("deploy.yml")
                #expect(first.code == 0, "\(first.error)")
                let whole = try await sent(site)
                #expect(whole > size && whole < size * 11 / 10, "\(whole)")

                _ = try await write("v2", 40..<41, to: site)
                try await site.aws.hurt("CHAOS_S3_URL", quiet)
                let second = try await site.run("deploy.yml")
                #expect(second.code == 0, "\(second.error)")
                // The file, the front page, and the manifest.
                let part = try await sent(site)
                #expect(part >= size / 100 && part < size / 100 * 2, "\(part)")

                try await site.aws.hurt("CHAOS_S3_URL", quiet)
                let back = try await site.run("rollback.yml")
                #expect(back.code == 0, "\(back.error)")
                #expect(try await site.path() == "/releases/v1")
                // No object is sent and none is copied: what is sent are records, the journal's among them.
                #expect(try await site.aws.met("CHAOS_S3_URL") == 0)
                let records = try await sent(site)
                #expect(records < 20_000, "\(records)")
                try await site.aws.hurt("CHAOS_S3_URL")
            }
        }
    }
}
