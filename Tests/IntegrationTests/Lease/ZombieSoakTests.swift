import AWS
import Glibc
import ObjectStorage
import PipelineKit
import Releases
import TestSupport
import Testing

/// A write of a zombie that is under way while it is stopped, and that arrives after another runner has taken its lease.
enum LateWrite: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// A file.
    case put = "PutObject"
    /// A file that the release before has.
    case copy = "CopyObject"
    /// The joining of a large file's parts.
    case join = "CompleteMultipartUpload"
    /// The release's files, because the run has failed and takes it back.
    case deletion = "DeleteObjects"
    /// The distribution's configuration.
    case pointer = "UpdateDistribution"

    var testDescription: String { rawValue }

    /// Which requests the proxy holds.
    var selectors: String {
        switch self {
        case .put: #""method": "PUT", "path": "/releases/v1/index.html$""#
        case .copy: #""method": "PUT", "path": "/releases/v1/same.html$", "header": "x-amz-copy-source""#
        case .join: #""method": "POST", "path": "/releases/v1/large.bin\\?uploadId=""#
        case .deletion: #""method": "POST", "path": "\\?delete""#
        case .pointer: #""method": "PUT", "path": "/config$""#
        }
    }

    func isMeant(_ request: LocalAWS.LoggedRequest) -> Bool {
        switch self {
        case .put: request.method == "PUT" && request.target.hasSuffix("/releases/v1/index.html")
        case .copy: request.method == "PUT" && request.target.hasSuffix("/releases/v1/same.html")
        case .join: request.method == "POST" && request.target.contains("/releases/v1/large.bin?uploadId=")
        case .deletion: request.method == "POST" && request.target.contains("?delete")
        case .pointer: request.method == "PUT" && request.target.hasSuffix("/config")
        }
    }

    /// What the server answers to it: a deletion is harmless because of its time, and the others are refused.
    var answers: [Int] {
        switch self {
        case .put, .copy: [412]
        case .join: [404, 412]
        case .deletion: [200]
        case .pointer: [400, 412]
        }
    }

    var server: (proxy: String, variable: String) { self == .pointer ? BucketJobs.cloudFront : BucketJobs.s3 }

    /// The release that the other runner makes.
    var freshRelease: String { self == .pointer ? "v2" : "v1" }

    /// Plays rounds, some at the same time, and reports how many counted: those in which the proxy's log shows that the write
    /// arrived after the takeover.
    func play(_ tried: Int) async throws {
        try await LocalAWS.with { aws in
            var counted = 0
            let began = ContinuousClock.now
            for first in stride(from: 0, to: tried, by: 10) {
                var zombies: [BucketJobs] = []
                for _ in first..<min(tried, first + 10) { zombies.append(try await ready(aws)) }
                try await aws.hurt(server.proxy, logs: true, zombies.map { $0.hold(selectors) }.joined(separator: ","))
                counted += try await withThrowingTaskGroup(of: Bool.self) { group in
                    for (number, zombie) in zombies.enumerated() {
                        group.addTask { try await round(zombie, rule: number) }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                try await aws.hurt(server.proxy)
            }
            Soak.report(
                "a zombie's \(rawValue)",
                "\(counted) of \(tried) arrived after the takeover, in \(began.duration(to: .now).text)")
            #expect(counted * 10 >= tried * 8)
        }
    }

    private func ready(_ aws: LocalAWS) async throws -> BucketJobs {
        let zombie = try await BucketJobs(aws)
        if self == .join { try zombie.writeLargeFiles() }
        if self == .copy {
            let before = try await zombie.start("one", "v0").end()
            try #require(before.code == 0, "\(before.error)")
            try zombie.project.folder.write("<html>new</html>\n", to: "one/site/index.html")
        }
        return zombie
    }

    /// - Parameter rule: the place of the zombie's rule in the proxy's plan.
    private func round(_ zombie: BucketJobs, rule: Int) async throws -> Bool {
        let aws = zombie.aws
        let old = try zombie.start("one", "v1", fails: self == .deletion, through: [server], BucketJobs.shortLease)
        // No process is left that is only stopped.
        defer { old.signal(SIGKILL) }
        try await waitUntil { try await aws.met(server.proxy, rule: rule) > 0 }
        old.signal(SIGSTOP)
        let nonce = try await zombie.nonce()
        let fresh = try zombie.start("two", freshRelease, through: [server])
        if self == .deletion {
            // Nobody makes the release anew until a late deletion has had its time. A runner that does not wait has ended by
            // then.
            _ = try? await fresh.says("the run that has begun to delete")
            try zombie.release()
        }
        let new = try await fresh.end()
        #expect(new.code == 0, "\(new.error)")
        #expect(try await zombie.nonce() != nonce)
        let sealed = try await zombie.objects(of: freshRelease)
        #expect(sealed.allSatisfy { $0.headers.cacheControl == BucketJobs.cacheControl(of: 1) }, "\(sealed)")
        try zombie.release()
        try await waitUntil { try await late(zombie) != nil }
        old.signal(SIGCONT)
        let ended = try await old.end()
        #expect([1, 3, 75].contains(ended.code), "\(ended.error)")
        let said = "\(new.error)\n\(ended.error)"
        #expect(try await zombie.objects(of: freshRelease) == sealed, "\(said)")
        try await zombie.expectWhole(freshRelease, said)
        let arrived = try #require(try await late(zombie))
        #expect(answers.contains(arrived.status), "\(arrived)")
        guard let takeover = try await takeover(zombie) else { return false }
        return arrived.begin > takeover
    }
    /// The write, once the proxy has passed it on.
    private func late(_ zombie: BucketJobs) async throws -> LocalAWS.LoggedRequest? {
        try await zombie.aws.log(server.proxy).first { $0.host.hasPrefix(zombie.host(of: "one")) && isMeant($0) }
    }

    /// When the other runner had taken the lease for certain: it has written the lease's record, or the distribution's
    /// configuration.
    private func takeover(_ zombie: BucketJobs) async throws -> Double? {
        let isTaking = { (request: LocalAWS.LoggedRequest) in
            request.method == "PUT" && request.status == 200
                && request.target.hasSuffix(self == .pointer ? "/config" : "/.runner/lease.json")
        }
        return try await zombie.aws.log(server.proxy).first {
            $0.host.hasPrefix(zombie.host(of: "two")) && isTaking($0)
        }?.end
    }
}

extension S3RunFaultTests {
    /// Neither a file nor a deletion of a stale holder changes a release that another one has sealed.
    @Suite struct ZombieSoakTests {
        @Test(arguments: [LateWrite.put, .copy, .join, .deletion])
        func aLateWriteDoesNotChangeASealedRelease(_ write: LateWrite) async throws {
            try await write.play(Soak.rounds(1, soak: 50))
        }
    }
}

extension CloudFrontFaultTests {
    /// No write of the pointer of a stale holder is accepted after the takeover.
    @Suite struct ZombieSoakTests {
        @Test func aLateSwitchIsRefused() async throws {
            try await LateWrite.pointer.play(Soak.rounds(1, soak: 50))
        }
    }
}
