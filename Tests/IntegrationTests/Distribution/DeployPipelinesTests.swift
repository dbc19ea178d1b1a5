import AWS
import PipelineKit
import TestSupport
import Testing

/// `pipelines/deploy.yml` and its kin, run unchanged by the built runner, and looked at with AWS's own library.
@Suite struct DeployPipelinesTests {
    @Test func deploysTwiceAndGoesBack() async throws {
        try await DeployedSite.with { site in
            var configs = [try await site.saveConfig("config-0")]
            func expectSwitch(_ before: String, _ after: String, by step: String) async throws {
                configs.append(try await site.saveConfig("config-\(configs.count)"))
                let wrong = try await site.outside(
                    "only-path", configs[configs.count - 2], configs[configs.count - 1], "site",
                    before == "/old" ? before : "/\(site.prefix)\(before)",
                    "/\(site.prefix)\(after)")
                #expect(wrong == [])
                let made = try await site.outside("invalidations", site.distribution)
                #expect(made.count == configs.count - 1)
                #expect(made.last?.hasSuffix("/\(step)/1 /*") == true, "\(made)")
            }

            try await site.write("v1", changed: 3)
            let first = try await site.run("deploy.yml")
            #expect(first.code == 0, "\(first.error)")
            #expect(first.error.contains("v1, 305 files: 305 sent ("))
            #expect(try await site.differences("v1") == [])
            try await expectSwitch("/old", "/releases/v1", by: "invalidate-1")
            #expect(try await site.page("pages/1.html").contains("page 1 of v1"))

            try await site.write("v2", changed: 3)
            let second = try await site.run("deploy-full.yml")
            #expect(second.code == 0, "\(second.error)")
            // The front page, 3 of 300 others, and two scripts.
            #expect(second.error.contains("v2, 305 files: 6 sent ("))
            #expect(try await site.differences("v2") == ["extra: assets/app.v1.js"])
            // Pages that are open still find the script of their release.
            #expect(try await site.page("assets/app.v1.js") == "let release = 'v1'\n")
            try await expectSwitch("/releases/v1", "/releases/v2", by: "caches")
            #expect(try await site.page("pages/1.html").contains("page 1 of v2"))

            let objects = try await site.listing("releases/")
            let back = try await site.run("rollback.yml")
            #expect(back.code == 0, "\(back.error)")
            try await expectSwitch("/releases/v2", "/releases/v1", by: "invalidate-1")
            #expect(try await site.page("pages/1.html").contains("page 1 of v1"))
            #expect(try await site.listing("releases/") == objects)
            #expect(try await site.page("assets/same-name.js") == "// v1\n")
            #expect(objects.count == 2 * 306)
        }
    }

    @Test func aSiteThatDoesNotAnswerIsTakenBack() async throws {
        try await DeployedSite.with { site in
            try await site.write("v1", changed: 3)
            #expect(try await site.run("deploy.yml").code == 0)
            let objects = try await site.listingWithoutOverlap()
            try await site.write("v2", changed: 3)
            let said = try await site.run("deploy.yml", "-i", "url=\(site.url("nowhere/"))")
            #expect(said.code == 1, "\(said.error)")
            #expect(try await site.path() == "/releases/v1")
            #expect(try await site.page("pages/1.html").contains("page 1 of v1"))
            #expect(try await site.listingWithoutOverlap() == objects)
            let made = try await site.outside("invalidations", site.distribution)
            #expect(made.last?.hasSuffix("/switch-origin-1/rollback/1 /*") == true)

            // The deploy before is taken back as well, to what was there before any deploy.
            let run = try #require(try site.project.runs().last)
            let undone = try await site.runner("rollback", run)
            #expect(undone.code == 0, "\(undone.error)")
            #expect(try await site.path() == "/old")
            #expect(try await site.listing("releases/") == [])
        }
    }

    /// Its page answers, and 4 of 305 files are not the new release's.
    @Test func anotherDistributionIsNoticedAndTakenBack() async throws {
        try await DeployedSite.with { site in
            let (said, url) = try await site.deployPastVisitors()
            #expect(said.code == 1, "\(said.error)")
            #expect(said.error.contains("visitors do not get release v2 at \(url): "))
            #expect(said.error.contains("aws s3 ls s3://\(site.aws.s3.bucket)/\(site.prefix)/releases/"))
            #expect(try await site.path() == "/releases/v1")

            let right = try await site.run("deploy.yml")
            #expect(right.code == 0, "\(right.error)")
            #expect(right.error.contains("visitors get v2 (20 of its files were asked for)"))
        }
    }

    @Test func aDeployThatIsTakenBackTakesItsReleaseAlong() async throws {
        try await DeployedSite.with { site in
            for release in ["v1", "v2"] {
                try await site.write(release, changed: 3)
                #expect(try await site.run("deploy-full.yml").code == 0)
            }
            let said = try await site.runner("rollback")
            #expect(said.code == 0, "\(said.error)")
            #expect(try await site.path() == "/releases/v1")
            #expect(try await site.listing("releases/v2/") == [])
            // Pages of it may be open.
            #expect(try await site.page("assets/app.v2.js") == "let release = 'v2'\n")
            #expect(
                try await site.listing(".runner/overlap/").map { $0.split(separator: "/").last?.prefix(5) } == ["v1~v2"]
            )
        }
    }

    @Test func goesToAnyReleaseByARunOfItsOwn() async throws {
        try await DeployedSite.with { site in
            for release in ["v1", "v2", "v3"] {
                try await site.write(release, changed: 3)
                #expect(try await site.run("deploy.yml").code == 0)
            }
            let objects = try await site.listingWithoutOverlap()
            // The inputs are those of the deploy, wherever they came from.
            let said = try await site.runner("rollback", "--to", "v1")
            #expect(said.code == 0, "\(said.error)")
            #expect(said.error.contains("  ok  look  "), "\(said.error)")
            #expect(said.error.contains("\nv1 is live at \(site.url()) (before: v3)\n"), "\(said.error)")
            #expect(try await site.path() == "/releases/v1")
            #expect(try await site.page("pages/1.html").contains("page 1 of v1"))
            // A page of each release finds the scripts of its own in the others.
            #expect(try await site.page("assets/app.v1.js") == "let release = 'v1'\n")
            #expect(try await site.page("assets/app.v3.js") == "let release = 'v3'\n")
            #expect(try await site.listingWithoutOverlap() == objects)
            let made = try await site.outside("invalidations", site.distribution)
            #expect(made.last?.hasSuffix("/caches/1 /*") == true, "\(made)")
            let back = try await site.runner("rollback")
            #expect(back.code == 0, "\(back.error)")
            #expect(back.error.hasSuffix("\nvisitors have v3 again (before: v1)\n"), "\(back.error)")
            #expect(try await site.path() == "/releases/v3")
        }
    }

    @Test func aPlanChangesNothing() async throws {
        try await DeployedSite.with { site in
            try await site.write("v1", changed: 3)
            let before = try await site.saveConfig("config-0")
            let said = try await site.run("deploy.yml", command: "plan")
            #expect(said.code == 0, "\(said.error)")
            #expect(
                (said.output + said.error).contains(
                    "`/old`, which is not a release of the store, -> v1: no release of this store is live"))
            #expect(try await site.listing() == [])
            let after = try await site.saveConfig("config-1")
            #expect(try site.project.text("config-0") == site.project.text("config-1"), "\(before) \(after)")
        }
    }

    @Test func aPreviewSwitchesNothing() async throws {
        try await DeployedSite.with { site in
            try await site.write("v1", changed: 3)
            let said = try await site.run(
                "preview.yml", "-i", "bucket=\(site.aws.s3.bucket)", "-i", "branch=\(site.prefix)/new-prices")
            #expect(said.code == 0, "\(said.error)")
            #expect(try await site.path() == "/old")
            let keys = try await site.outside(
                "listing", site.aws.s3.bucket, "previews/\(site.prefix)/new-prices/releases/")
            #expect(keys.count == 305)
        }
    }

    /// One server stands in for S3 and CloudFront, and knows neither `If-Match` nor edges.
    @Test func deploysAndGoesBackOnMoto() async throws {
        try await DeployedSite.with(s3: "MOTO_URL", cloudFront: "MOTO_URL") { site in
            try await site.aws.makeBucket()
            for name in ["deploy.yml", "rollback.yml"] {
                let lines = try site.project.text(name).split(separator: "\n", omittingEmptySubsequences: false)
                let rest = lines.filter { !$0.contains("uses: smoke") }.joined(separator: "\n")
                try site.project.folder.write(rest, to: name)
            }
            for (number, release) in ["v1", "v2"].enumerated() {
                try await site.write(release, changed: 3)
                let said = try await site.run("deploy.yml")
                #expect(said.code == 0, "\(said.error)")
                #expect(try await site.path() == "/releases/\(release)")
                let others = try await site.differences(release).filter { !$0.contains("assets/app.") }
                #expect(others == [])
                #expect(try await site.outside("invalidations", site.distribution).count == number + 1)
            }
            let back = try await site.run("rollback.yml")
            #expect(back.code == 0, "\(back.error)")
            #expect(try await site.path() == "/releases/v1")
        }
    }
}
