/// Who started a run, as far as the environment says.
public struct RunOrigin: Hashable, Sendable, Codable {
    public var person: String?
    /// Of the CI job.
    public var jobURL: String?

    public init(person: String?, jobURL: String?) {
        self.person = person
        self.jobURL = jobURL
    }

    /// Knows GitHub Actions, GitLab CI, Jenkins and plain shells.
    public init(environment: [String: String]) {
        func first(_ names: String...) -> String? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        person = first("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_USER_ID", "USER", "LOGNAME")
        jobURL = first("CI_JOB_URL", "BUILD_URL")
        if let server = first("GITHUB_SERVER_URL"), let repository = first("GITHUB_REPOSITORY"),
            let run = first("GITHUB_RUN_ID")
        {
            jobURL = "\(server)/\(repository)/actions/runs/\(run)"
        }
    }
}
