@testable import AWS
import ObjectStorage
import PipelineKit
import Releases
import SwitchOriginStep
import SystemPackage
import TestSupport
import Testing

/// Commands of AWS's own command line that messages advise, typed into it.
@Suite struct AWSAdviceTests {
    private static let tools = FilePath("/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/"))
        .appending(".venv/bin").string

    private func command(_ beginning: String, in text: String) throws -> String {
        try #require(CommandProject.commands(beginning, in: text).first, "\(text)")
    }

    /// - Parameter environment: besides what a deploy has.
    @discardableResult
    private func type(
        _ line: String, at site: DeployedSite, environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        var all = site.environment.merging(environment) { $1 }
        all["PATH"] = Self.tools + ":/usr/bin:/bin"
        // Every service that has no endpoint of its own here.
        all["AWS_ENDPOINT_URL"] = site.aws.bed.url("MOTO_URL")
        all["AWS_PAGER"] = ""
        return try await site.project.typeWell(line, environment: all, sourceLocation: sourceLocation)
    }

    @Test func aBucketThatIsMissing() async throws {
        try await DeployedSite.with { site in
            try await site.write("v1", changed: 0)
            let bucket = "no-\(site.prefix)"
            func deploy() async throws -> Said {
                try await site.run("deploy.yml", "-i", "bucket=\(bucket)", command: "plan")
            }
            let refused = try await deploy()
            #expect(refused.code == 1, "\(refused.error)")
            try await type(try command("aws s3 mb", in: refused.raw.error), at: site)
            let made = try await deploy()
            // The distribution reads from another bucket, which is found next.
            #expect(!made.error.contains("NoSuchBucket") && !made.error.contains("aws s3 mb"), "\(made.error)")
            try await type("aws s3 rb s3://\(bucket)", at: site)
        }
    }

    @Test func aDistributionThatIsMissingOrMisspelt() async throws {
        try await DeployedSite.with { site in
            try await site.write("v1", changed: 0)
            for (id, code) in [("E0000000000000", 1), ("no-id", 64)] {
                let refused = try await site.run("deploy.yml", "-i", "distribution=\(id)", command: "plan")
                #expect([1, code].contains(refused.code), "\(refused.error)")
                let said = try await type(try command("aws cloudfront list", in: refused.raw.error), at: site)
                #expect(said.contains(site.distribution))
            }
        }
    }

    @Test func credentialsThatAreRefused() async throws {
        try await DeployedSite.with { site in
            for code in ["InvalidAccessKeyId", "BadRequest"] {
                let error = AWSError(
                    status: 400, serviceCode: code, service: .s3, operation: "GetObject", resource: "s3://b/k")
                let said = try await type(try command("aws sts", in: error.help ?? ""), at: site)
                #expect(said.contains("\"Arn\""))
            }
        }
    }

    /// A profile with half a key, one without any, and a source without any.
    @Test(arguments: ["half", "none", "source"]) func aProfileThatLacksCredentials(_ name: String) async throws {
        try await DeployedSite.with { site in
            try await site.write("v1", changed: 0)
            let profile = "ann's \(name)"
            let lines =
                switch name {
                case "half": "aws_access_key_id = AKID"
                case "none": "region = us-east-1"
                default: "role_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = ann's base"
                }
            let base = name == "source" ? "[profile ann's base]\nregion = us-east-1\n" : ""
            try site.project.folder.write("[profile \(profile)]\n\(lines)\n\(base)", to: ".aws/config")
            var environment = site.environment.filter { !$0.key.hasPrefix("AWS_") || $0.key.contains("ENDPOINT") }
            environment["AWS_PROFILE"] = profile
            environment["AWS_ENDPOINT_URL"] = site.aws.bed.url("MOTO_URL")
            environment["SITE_BUCKET"] = site.aws.s3.bucket
            environment["SITE_PREFIX"] = site.prefix
            environment["SITE_DISTRIBUTION"] = site.distribution
            environment["SITE_URL"] = site.url()
            let refused = try await site.project.runner(["plan", "deploy.yml"], environment: environment)
            #expect(refused.code == 1, "\(refused.error)")
            let advice = try command("aws configure --profile", in: refused.raw.error)
            let answers =
                "printf '%s\\n' '\(site.aws.bed.url("AWS_ACCESS_KEY_ID"))' '\(site.aws.bed.url("AWS_SECRET_ACCESS_KEY"))' us-east-1 json"
            var shell = environment
            shell["AWS_PROFILE"] = nil
            shell["PATH"] = Self.tools + ":/usr/bin:/bin"
            try await site.project.typeWell("\(answers) | \(advice)", environment: shell)
            let said = try await site.project.runner(["plan", "deploy.yml"], environment: environment)
            #expect(!said.error.contains("aws configure"), "\(said.error)")
            if name != "source" { #expect(said.code == 0, "\(said.error)") }
        }
    }

    @Test func aDistributionThatSomebodyElseHasChanged() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1", "v2")
            let step = try site.switchOrigin("v1")
            let context = try site.context(run: "run-1")
            let state = try #require(try await before(step, in: context))
            try await site.deploy("v2", run: "run-2")
            let error = await describedError { _ = try await step.run(from: state, in: context) }
            var environment = site.aws.bed.environment
            environment["PATH"] = Self.tools + ":/usr/bin:/bin"
            let shown = try await CommandProject().typeWell(
                try command("aws cloudfront get", in: error?.help ?? ""), environment: environment)
            #expect(shown.contains("/releases/v2"))
        }
    }

    @Test func aPointerThatIsGone() async throws {
        try await DistributionFixture.with { site in
            try await site.release("v1")
            try await site.store.register(
                Pointer(distribution: "EGONE0000000000", origin: "site"), in: try site.context(run: "run-1"))
            let error = await describedError { _ = try await site.store.pointedVersions(in: site.context()) }
            let project = try CommandProject()
            var environment = site.aws.bed.environment
            environment["PATH"] = Self.tools + ":/usr/bin:/bin"
            try await project.typeWell(try command("aws s3 rm", in: error?.help ?? ""), environment: environment)
            #expect(try await site.store.pointedVersions(in: site.context()).isEmpty)
        }
    }

    @Test func anUploadThatDoesNotEnd() async throws {
        try await DeployedSite.with { site in
            let key = "\(site.prefix)/it's a file"
            let upload = try await site.aws.s3.createMultipartUpload(key)
            // No store here keeps an upload forever.
            let help = site.aws.s3.notAborted(key, upload).help ?? ""
            try await type(try command("aws s3api abort", in: help), at: site)
            #expect(try await site.aws.s3.listMultipartUploads(prefix: site.prefix).isEmpty)
        }
    }

    @Test func whatVisitorsDoNotGet() async throws {
        try await DeployedSite.with { site in
            let said = try await site.deployPastVisitors().said
            #expect(said.code == 1)
            let shown = try await type(try command("aws s3 ls", in: said.raw.error), at: site)
            #expect(shown.contains("PRE v1/"))
        }
    }

    @Test func whatCouldNotBeDeleted() async throws {
        try await BucketFixture.with { bucket in
            let project = try CommandProject()
            let store = bucket.store
            let version = try ReleaseVersion("it-1")
            for key in ["releases/it-1/a b.html", ".runner/trash/it-1.jsonl"] {
                try await bucket.put("x", key)
            }
            let line = store.deletionCommand(of: version, [.trash(version)])
            var environment = bucket.aws.bed.environment
            environment["PATH"] = Self.tools + ":/usr/bin:/bin"
            try await project.typeWell(line, environment: environment)
            #expect(try await bucket.keys("") == [])
        }
    }
}
