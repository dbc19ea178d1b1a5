import AWS
import Glibc
import PipelineKit
import TestSupport
import Testing

extension S3RunFaultTests {
    /// Signals to an upload while a call of S3 hangs, as a CI system sends them. The next run, on another machine, makes the release.
    @Suite struct CancelledSyncTests {
        /// A call that hangs until the process is gone.
        enum Call: String, CaseIterable, Sendable, CustomTestStringConvertible {
            case put = "PutObject"
            case part = "UploadPart"
            case copy = "CopyObject"

            var testDescription: String { rawValue }

            var selectors: String {
                switch self {
                case .put: #""method": "PUT", "path": "/releases/v2/index.html$""#
                case .part: #""method": "PUT", "path": "/releases/v2/large.bin\\?partNumber=2""#
                case .copy: #""method": "PUT", "path": "/releases/v2/same.html$", "header": "x-amz-copy-source""#
                }
            }

            func isMeant(_ request: LocalAWS.LoggedRequest) -> Bool {
                let file =
                    switch self {
                    case .put: "/releases/v2/index.html"
                    case .part: "/releases/v2/large.bin?partNumber=2"
                    case .copy: "/releases/v2/same.html"
                    }
                return request.method == "PUT" && request.target.contains(file)
            }
        }

        private static let proxy = BucketJobs.s3.proxy

        /// A job that has deployed v1 and now hangs in the upload of v2.
        ///
        /// - Parameter more: selectors of what else hangs.
        private func withHangingUpload(
            _ call: Call, _ more: String..., body: (BucketJobs, RunnerProcess) async throws -> Void
        ) async throws {
            try await LocalAWS.with { aws in
                let jobs = try await BucketJobs(aws)
                if call == .part { try jobs.writeLargeFiles() }
                let first = try await jobs.start("one", "v1").end()
                try #require(first.code == 0, "\(first.error)")
                for name in ["index.html", "large.bin"] where name == "index.html" || call == .part {
                    let text = try jobs.project.text("one/site/\(name)")
                    try jobs.project.folder.write(text.replacing("one", with: "new"), to: "one/site/\(name)")
                }
                let rules = ([call.selectors] + more).map { jobs.hold($0) }
                try await aws.hurt(Self.proxy, logs: true, rules.joined(separator: ","))
                let process = try jobs.start("one", "v2", through: [BucketJobs.s3], BucketJobs.shortLease)
                defer { process.signal(SIGKILL) }
                try await waitUntil { try await aws.met(Self.proxy) > 0 }
                try await body(jobs, process)
                try await aws.hurt(Self.proxy)
            }
        }

        /// Another job makes the very same version, and what has hung does not change it when it arrives after all.
        private func expectHealed(_ call: Call, _ jobs: BucketJobs, _ said: String) async throws {
            let next = try await jobs.start("two", "v2").end()
            #expect(next.code == 0, "\(said)\n\(next.error)")
            let words = "\(said)\n\(next.error)"
            try await jobs.expectWhole("v2", words)
            #expect(try await jobs.pendingUploads() == [], "\(words)")
            let sealed = try await jobs.objects(of: "v2")
            try jobs.release()
            try await waitUntil { try await jobs.aws.log(Self.proxy).contains { call.isMeant($0) } }
            #expect(try await jobs.objects(of: "v2") == sealed, "\(words)")
            #expect(try await jobs.pendingUploads() == [], "\(words)")
        }

        /// The run is rolled back, although the call never gets an answer.
        @Test(arguments: Call.allCases) func oneSignal(_ call: Call) async throws {
            try await withHangingUpload(call) { jobs, process in
                process.signal(SIGINT)
                let said = try await process.end()
                #expect(said.code == 130 && said.error.contains("stopping:"), "\(said.error)")
                #expect(try await jobs.pendingUploads() == [], "\(said.error)")
                #expect(try await jobs.objects(of: "v2") == [], "\(said.error)")
                #expect(try await jobs.path() == "/\(jobs.prefix)/releases/v1")
                try await expectHealed(call, jobs, said.error)
            }
        }

        /// The rollback hangs as well, and the second signal ends the process.
        ///
        /// - Returns: how long that took.
        @discardableResult
        private func cancel(_ call: Call) async throws -> Duration {
            var time = Duration.zero
            let retirement = #""method": "PUT", "path": "/.runner/trash/v2.jsonl$""#
            try await withHangingUpload(call, retirement) { jobs, process in
                process.signal(SIGINT)
                try await process.says("stopping:")
                try await Task.sleep(for: .milliseconds(1_050))
                let began = ContinuousClock.now
                process.signal(SIGTERM)
                let killer = Task {
                    try await Task.sleep(for: .seconds(60))
                    process.signal(SIGKILL)
                }
                let said = try await process.end()
                time = began.duration(to: .now)
                killer.cancel()
                #expect(said.code == 143 && said.error.contains("stopped at once"), "\(said.code) \(said.error)")
                try await expectHealed(call, jobs, said.error)
            }
            return time
        }

        @Test(arguments: Call.allCases) func aCancelledJob(_ call: Call) async throws { try await cancel(call) }

        @Test func aSecondSignalEndsTheProcessInTime() async throws {
            let time = try await cancel(.part)
            Soak.report("a second signal during \(Call.part.rawValue)", "the process ended after \(time.text)")
            #expect(time < .seconds(1))
        }

        /// A shell has kept the signals from it.
        @Test(arguments: Call.allCases) func aKilledJob(_ call: Call) async throws {
            try await withHangingUpload(call) { jobs, process in
                process.signal(SIGKILL)
                let said = try await process.end()
                #expect(said.code == 137, "\(said.error)")
                try await expectHealed(call, jobs, said.error)
            }
        }
    }
}
