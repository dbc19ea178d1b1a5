/// Who started a run, as far as the environment says.
public struct RunOrigin: Hashable, Sendable, Codable {
    /// A login or a name.
    public var person: String?
    /// Of the CI job.
    public var jobURL: String?
    /// The CI system, such as `GitHub Actions`; nil elsewhere. Older runners did not note it.
    public var system: String?
    /// The machine, outside of CI. Older runners did not note it.
    public var host: String?

    public init(person: String?, jobURL: String?, system: String? = nil, host: String? = nil) {
        (self.person, self.jobURL, self.system, self.host) = (person, jobURL, system, host)
    }

    /// - Parameter host: the machine's name.
    public init(environment: [String: String], host: @autoclosure () -> String = LeaseOwner.hostName) {
        if let system = CISystem.all.first(where: { $0.isAtWork(environment) }) {
            self.init(
                person: system.person(environment).flatMap(Self.cleanName),
                jobURL: system.jobURL(environment).flatMap(Self.cleanURL), system: system.name)
        } else {
            let login = ["USER", "LOGNAME"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
            self.init(person: login.flatMap(Self.cleanName), jobURL: nil, host: Self.cleanName(host()))
        }
    }

    /// `ann@build-1`, or whom the CI system names; nil if nobody is known.
    public var who: String? {
        guard let person else { return nil }
        return host.map { "\(person)@\($0)" } ?? person
    }

    /// The CI job; nil outside of CI.
    public var job: CIJob? { system.map { CIJob(name: $0, url: jobURL) } }

    private static let longestName = 100
    private static let longestURL = 1_000

    /// On one line, without control characters.
    private static func cleanName(_ text: String) -> String? {
        let clean = SanitizedLine.clean(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return clean.isEmpty ? nil : String(clean.prefix(longestName))
    }

    /// Without a user and a password, which are nobody's business.
    private static func cleanURL(_ text: String) -> String? {
        let start = ["https://", "http://"].first { text.lowercased().hasPrefix($0) }
        guard let start, text.utf8.count <= longestURL, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        let rest = text.dropFirst(start.count)
        let authority = rest.prefix { !"/?#".contains($0) }
        guard let at = authority.lastIndex(of: "@") else { return text }
        return start + rest[rest.index(after: at)...]
    }
}

/// A CI job that began a run.
public struct CIJob: Hashable, Sendable, Codable {
    /// The system, such as `GitHub Actions`.
    public var name: String
    public var url: String?

    public init(name: String, url: String?) {
        (self.name, self.url) = (name, url)
    }

    /// The same job with each of its texts changed.
    public func map(_ text: (String) -> String) -> CIJob { CIJob(name: text(name), url: url.map(text)) }
}

/// What a CI system says of a job in its environment.
private struct CISystem: Sendable {
    var name: String
    /// The variable that only this system sets, and its value if others set it too.
    var mark: (name: String, value: String?)
    /// Variables with the name of who began the job; the first one that is set counts.
    var people: [String] = []
    /// The job's URL, with variables as `${NAME}`; there is none unless all are set.
    var url: String?

    /// In this order: those that others imitate come last.
    static let all: [CISystem] = [
        CISystem(
            name: "GitHub Actions", mark: ("GITHUB_ACTIONS", "true"),
            people: ["GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"],
            url: "${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}"),
        CISystem(name: "GitLab CI", mark: ("GITLAB_CI", nil), people: ["GITLAB_USER_LOGIN"], url: "${CI_JOB_URL}"),
        CISystem(
            name: "Buildkite", mark: ("BUILDKITE", "true"), people: ["BUILDKITE_BUILD_CREATOR"],
            url: "${BUILDKITE_BUILD_URL}#${BUILDKITE_JOB_ID}"),
        CISystem(name: "CircleCI", mark: ("CIRCLECI", "true"), people: ["CIRCLE_USERNAME"], url: "${CIRCLE_BUILD_URL}"),
        CISystem(
            name: "Azure Pipelines", mark: ("TF_BUILD", nil), people: ["BUILD_REQUESTEDFOR"],
            url: "${SYSTEM_COLLECTIONURI}${SYSTEM_TEAMPROJECT}/_build/results?buildId=${BUILD_BUILDID}"),
        CISystem(
            name: "Bitbucket Pipelines", mark: ("BITBUCKET_BUILD_NUMBER", nil),
            url: "https://bitbucket.org/${BITBUCKET_REPO_FULL_NAME}/pipelines/results/${BITBUCKET_BUILD_NUMBER}"),
        CISystem(
            name: "Travis CI", mark: ("TRAVIS", "true"), url: "${TRAVIS_JOB_WEB_URL}"),
        CISystem(
            name: "Woodpecker", mark: ("CI", "woodpecker"), people: ["CI_COMMIT_AUTHOR"], url: "${CI_PIPELINE_URL}"),
        CISystem(name: "Drone", mark: ("DRONE", "true"), people: ["DRONE_BUILD_TRIGGER"], url: "${DRONE_BUILD_LINK}"),
        CISystem(name: "AWS CodeBuild", mark: ("CODEBUILD_BUILD_ID", nil), people: ["CODEBUILD_INITIATOR"]),
        CISystem(name: "TeamCity", mark: ("TEAMCITY_VERSION", nil), url: "${BUILD_URL}"),
        CISystem(
            name: "Jenkins", mark: ("JENKINS_URL", nil), people: ["BUILD_USER_ID", "BUILD_USER"], url: "${BUILD_URL}"),
        CISystem(name: "CI", mark: ("CI", "true")),
    ]

    func isAtWork(_ environment: [String: String]) -> Bool {
        guard let value = environment[mark.name], !value.isEmpty else { return false }
        return mark.value.map { $0 == value } ?? true
    }

    func person(_ environment: [String: String]) -> String? {
        people.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }

    func jobURL(_ environment: [String: String]) -> String? {
        guard var rest = url.map({ Substring($0) }) else { return nil }
        var text = ""
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            guard let value = environment[String(rest[start.upperBound..<end])], !value.isEmpty else { return nil }
            text += rest[..<start.lowerBound] + value
            rest = rest[rest.index(after: end)...]
        }
        return text + rest
    }
}
