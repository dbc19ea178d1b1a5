internal import HTTP
internal import PipelineKit
internal import Releases
internal import SystemPackage

/// A release that is live by the store's records, and that visitors do not get.
struct MissingRelease: Sendable {
    let version: ReleaseVersion
    let base: HTTPURL
    /// The most likely causes, and how to check them.
    private let causes: String
    private let isFirst: Bool

    /// - Parameter isFirst: whether there was no release before: then no cache can have one, and most likely the server has
    ///   never served the store.
    init(_ version: ReleaseVersion, in store: StoreURL, at base: HTTPURL, isFirst: Bool, _ project: Project) {
        self.isFirst = isFirst
        self.version = version
        self.base = base
        switch store {
        case .folder(let path):
            let link = project.path(path).appending("current").string
            causes =
                "most likely the web server serves another folder than \(link), or `store` is misspelt. Compare the "
                + "server's root with what `readlink -f \(ShellWord.quoted(link))` says"
        case .bucket(let name, let prefix):
            let folder = "s3://\(name)/\(prefix.isEmpty ? "" : prefix + "/")releases/"
            causes =
                "most likely `url` leads to another distribution than the one that was switched, or `store` is "
                + "misspelt. `aws s3 ls \(ShellWord.quoted(folder))` shows what the store has"
        }
    }

    var sentence: String { "visitors do not get release \(version) at \(base)" }

    var help: String {
        if isFirst { return causes }
        return """
            \(causes)
            if a cache still has the release before, drop it after the switch, or repeat this step: \
            `retry: { when: [failure], backoff: { initial: 30s } }`
            if a proxy changes pages on their way, ask the server behind it by `resolve`, or leave such files out by \
            `exclude`; if the release is served below \
            another address, name that in `url` and set `manifest: sample`; `manifest: none` checks the page alone
            """
    }
}
