@testable import PipelineKit
import Testing

/// Who began a run, by its environment.
@Suite struct RunOriginTests {
    private func origin(_ environment: [String: String]) -> RunOrigin {
        RunOrigin(environment: environment, host: "build-1")
    }

    struct Job: Sendable, CustomTestStringConvertible {
        var environment: [String: String]
        var system: String
        var who: String?
        var url: String?
        var testDescription: String { system }
    }

    static let jobs = [
        Job(
            environment: [
                "GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_ACTOR": "ann",
                "GITHUB_SERVER_URL": "https://github.com",
                "GITHUB_REPOSITORY": "acme/site", "GITHUB_RUN_ID": "7", "USER": "runner",
            ], system: "GitHub Actions", who: "ann", url: "https://github.com/acme/site/actions/runs/7"),
        Job(
            environment: ["GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ann", "GITHUB_TRIGGERING_ACTOR": "bob"],
            system: "GitHub Actions", who: "bob", url: nil),
        Job(
            environment: [
                "GITLAB_CI": "true", "CI": "true", "GITLAB_USER_LOGIN": "ann",
                "CI_JOB_URL": "https://gitlab.com/a/-/jobs/7",
            ], system: "GitLab CI", who: "ann", url: "https://gitlab.com/a/-/jobs/7"),
        Job(
            environment: [
                "BUILDKITE": "true", "BUILDKITE_BUILD_CREATOR": "Ann Lee",
                "BUILDKITE_BUILD_URL": "https://buildkite.com/a/b/builds/7", "BUILDKITE_JOB_ID": "0189",
            ], system: "Buildkite", who: "Ann Lee", url: "https://buildkite.com/a/b/builds/7#0189"),
        Job(
            environment: ["JENKINS_URL": "http://ci/", "BUILD_URL": "http://ci/job/deploy/7/", "BUILD_USER_ID": "ann"],
            system: "Jenkins", who: "ann", url: "http://ci/job/deploy/7/"),
        Job(
            environment: ["CIRCLECI": "true", "CIRCLE_USERNAME": "ann", "CIRCLE_BUILD_URL": "https://circleci.com/7"],
            system: "CircleCI", who: "ann", url: "https://circleci.com/7"),
        Job(
            environment: [
                "TF_BUILD": "True", "BUILD_REQUESTEDFOR": "Ann", "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
                "SYSTEM_TEAMPROJECT": "site", "BUILD_BUILDID": "7",
            ], system: "Azure Pipelines", who: "Ann", url: "https://dev.azure.com/acme/site/_build/results?buildId=7"),
        Job(environment: ["CI": "true", "USER": "build"], system: "CI", who: nil, url: nil),
    ]

    @Test(arguments: jobs) func aJobIsToldByItsSystem(job: Job) {
        let origin = origin(job.environment)
        #expect(origin.job == CIJob(name: job.system, url: job.url))
        #expect(origin.who == job.who && origin.host == nil)
    }

    @Test func elsewhereItIsTheLoginOnItsMachine() {
        #expect(origin(["USER": "ann"]).who == "ann@build-1")
        #expect(origin(["LOGNAME": "bob", "USER": ""]).who == "bob@build-1")
        #expect(origin(["USER": "ann", "CI": "false"]).job == nil)
        #expect(origin([:]).who == nil)
    }

    /// Variables are whatever somebody wrote: they end up in journals, pages and terminals.
    @Test func whatItSaysIsClean() {
        let evil = origin([
            "GITLAB_CI": "true", "GITLAB_USER_LOGIN": "a\u{1B}[2Jb\n" + String(repeating: "c", count: 500),
            "CI_JOB_URL": "https://bot:s3cret@gitlab.com/a?x=1@2",
        ])
        #expect(evil.jobURL == "https://gitlab.com/a?x=1@2")
        #expect(evil.person?.hasPrefix("abcc") == true && evil.person?.count == 100, "\(evil.person ?? "")")
        for url in [
            "javascript:alert(1)", "https://a b", "https://a/\u{7}",
            "https://a/" + String(repeating: "b", count: 1_000),
        ] {
            #expect(origin(["GITLAB_CI": "true", "CI_JOB_URL": url]).jobURL == nil, "\(url)")
        }
    }
}
