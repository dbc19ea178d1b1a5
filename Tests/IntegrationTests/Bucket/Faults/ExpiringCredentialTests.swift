import AWS
import HTTP
import PipelineKit
import Releases
import SyncStep
import SystemPackage
import TestSupport
import Testing

/// Credentials that expire while a release is uploaded, on a server that leaves it to the test to check them.
@Suite struct ExpiringCredentialTests {
    private static let expired =
        "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"

    /// - Parameter tokens: what the profile's command gives, one call after the other; the last one stays.
    private func upload(
        _ tokens: [String], good: String, _ body: (BucketFixture, Sync, StepContext) async throws -> Void
    ) async throws {
        try await BucketFixture.with(s3: "MOTO_URL") { bucket in
            try await bucket.aws.makeBucket()
            let folder = bucket.site.folder
            for (number, token) in tokens.enumerated() { try folder.write(token, to: "tokens/\(number)") }
            try folder.write(
                """
                cd "$(dirname "$0")/tokens"
                number=$(cat count 2>/dev/null || echo 0)
                [ -f "$((number + 1))" ] && echo $((number + 1)) > count
                printf '{"Version":1,"AccessKeyId":"AK","SecretAccessKey":"s","SessionToken":"%s"}' "$(cat "$number")"
                """, to: "keys.sh")
            try folder.write("[default]\ncredential_process = /bin/sh \(folder["keys.sh"])\n", to: "config")
            var context = try bucket.context()
            context.environment["AWS_CONFIG_FILE"] = folder["config"].string
            for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] { context.environment[name] = nil }
            context.environment["PATH"] = "/usr/bin:/bin"
            context.processes = SubprocessRunner(clock: SystemClock())
            context.clock = QuickClock()
            context[AWSClientsKey.self] = AWSClients()
            let big = String(repeating: "0123456789abcde\n", count: (11 << 16))
            let list = try bucket.site.site("one", ["a": "a", "b": "b", "big": big])
            let step = try bucket.sync("v1", list) { $0.partSize = ByteCount(5 << 20) }
            // They are good until two parts are there.
            let calls = bucket.calls
            defer { calls.heal() }
            calls.hurt { request in
                let isLate = request.url.description.contains("partNumber=3")
                guard isLate || calls.refused > 0, request.headers["x-amz-security-token"] != good else {
                    return nil
                }
                calls.refuse()
                return (400, Self.expired)
            }
            try await body(bucket, step, context)
        }
    }

    @Test func theyAreRenewedAndTheUploadGoesOn() async throws {
        try await upload(["first", "second"], good: "second") { bucket, step, context in
            let output = try await perform(step, in: context)
            #expect(output.created && output.uploaded == 3)
            #expect(bucket.calls.refused >= 1)
            #expect(try await bucket.keys("releases/v1/") == ["a", "b", "big"])
            #expect(try await bucket.aws.s3.listMultipartUploads(prefix: bucket.prefix).isEmpty)
        }
    }

    @Test func whereThereAreNoOthersThatIsSaid() async throws {
        try await upload(["first"], good: "second") { bucket, step, context in
            let error = await describedError { _ = try await perform(step, in: context) }
            #expect(error?.code == "aws-expired-token")
            let place = "s3://\(bucket.aws.s3.bucket)/\(bucket.prefix)/releases/v1/big"
            let reason = "ExpiredToken (The provided token has expired.), status 400"
            #expect(error?.message == "the object store refused UploadPart of \(place): \(reason)")
            #expect(error?.help == "sign in again, or let the job ask for credentials that live longer")
            let manifests = try await bucket.keys(".runner/manifests/")
            #expect(manifests == [])
            // With good ones it continues from there, and nothing of the first try is left.
            bucket.calls.heal()
            #expect(try await perform(step, in: try bucket.context(run: "run-2")).created)
            #expect(try await bucket.aws.s3.listMultipartUploads(prefix: bucket.prefix).isEmpty)
        }
    }
}
