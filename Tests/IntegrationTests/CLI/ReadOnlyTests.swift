import FoundationEssentials
import Glibc
import SystemPackage
import TestSupport
import Testing

/// Folders that an ordinary user may not write into, or may not read: the error is clear, and nothing is changed.
@Suite(.enabled(if: geteuid() == 0, "only root can become another user")) struct ReadOnlyTests {
    private static let user = 65_534

    struct Place: Sendable, CustomTestStringConvertible {
        var path: String
        var mode: mode_t = 0o555
        /// True for what a way back needs before it changes anything.
        var isNeededToGoBack = false

        var testDescription: String { path }
    }

    private static let places = [
        Place(path: "store", isNeededToGoBack: true), Place(path: "store/.runner", isNeededToGoBack: true),
        Place(path: "store/releases"), Place(path: "store/.runner/manifests"),
        Place(path: "store/.runner/deployments"), Place(path: ".runner/runs"),
        Place(path: "site", mode: 0), Place(path: "site/two.html", mode: 0),
    ]

    @Test(arguments: places) func whatMayNotBeUsedIsTold(_ place: Place) async throws {
        let project = try CommandProject()
        try project.writeDeploy()
        for name in try FileManager.default.subpathsOfDirectory(atPath: project.folder.path.string) + ["."] {
            lchown(project.folder[name].string, UInt32(Self.user), UInt32(Self.user))
        }
        chmod(project.folder.path.string, 0o755)
        for release in ["v0", "v1"] {
            let said = try await project.runner(
                "run", "deploy.yml", "-i", "release=\(release)", "-q", user: Self.user)
            try #require(said.code == 0, "\(said.error)")
        }
        let before = try Self.seen(project)
        var status = stat()
        try #require(lstat(project.folder.path.pushing(FilePath(place.path)).string, &status) == 0)
        chmod(project.folder.path.pushing(FilePath(place.path)).string, place.mode)
        let refused = try await project.runner("run", "deploy.yml", "-i", "release=v2", user: Self.user)
        let what: Comment = "\(refused.code) \(refused.error)"
        #expect(refused.code == 1, what)
        #expect(refused.error.contains("error: ") && refused.error.contains("permission denied"), what)
        #expect(refused.error.contains("  help: "), what)
        #expect(try project.live() == "v1" && Self.seen(project) == before, what)
        if place.isNeededToGoBack {
            let stuck = try await project.runner("rollback", "-y", user: Self.user)
            let what: Comment = "\(stuck.code) \(stuck.error)"
            #expect(stuck.code == 3, what)
            #expect(stuck.error.contains("not restored:") && stuck.error.contains("permission denied"), what)
            #expect(try project.live() == "v1" && Self.seen(project) == before, what)
        }
        chmod(project.folder.path.pushing(FilePath(place.path)).string, status.st_mode & 0o7777)
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2", user: Self.user)
        #expect(try said.code == 0 && project.live() == "v2", "\(said.error)")
    }

    /// What visitors can see of the store, and what says that it is whole.
    private static func seen(_ project: CommandProject) throws -> [String: String] {
        let kept = ["releases/", "current", ".runner/manifests/"]
        return try project.stored().filter { file in kept.contains { file.key.hasPrefix($0) } }
    }
}
