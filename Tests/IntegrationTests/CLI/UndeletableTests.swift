import FoundationEssentials
import Glibc
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// Files of old releases that cannot be deleted: a warning says so, the files stay, and deploys still work.
@Suite struct UndeletableTests {
    private let project: CommandProject

    /// Deploys v1 and v2.
    init() async throws {
        project = try CommandProject()
        try project.writeDeploy()
        try project.folder.write("app", to: "site/assets/app.js")
        try project.folder.write("b", to: "site/deep/a/b.js")
        try project.folder.write(
            """
            version: 1
            name: tidy
            steps:
              - { id: tidy, uses: prune, with: { store: store, keep: 1, min-age: 0s } }

            """, to: "tidy.yml")
        for release in ["v1", "v2"] { try await deploys(release) }
    }

    /// - Returns: what it said.
    @discardableResult
    private func deploys(
        _ release: String, user: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let said = try await project.runner("run", "deploy.yml", "-i", "release=\(release)", user: user)
        #expect(said.code == 0, "\(said.error)", sourceLocation: sourceLocation)
        #expect(try project.live() == release, sourceLocation: sourceLocation)
        return said.error
    }

    /// Begins to retire v1, as a run that was killed has left it.
    private func interruptRetirement(of release: String = "v1") async throws {
        try await project.store.move(.manifest(of: .init(release)), to: .trash(.init(release)))
    }

    private var trash: [String] {
        get throws { try DurableFile.entries(of: project.folder["store/.runner/trash"]).sorted() }
    }

    /// Gives the project to the user `nobody`.
    private func giveAway() throws {
        let root = project.folder.path.string
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) + [""] {
            #expect(lchown(root + "/" + name, Self.nobody, Self.nobody) == 0)
        }
    }

    private static let nobody: UInt32 = 65_534

    // MARK: what is in the way is not the runner's

    enum InTheWay: String, CaseIterable, Sendable {
        case folderForFile, linkForFile, fileForFolder, linkForFolder, linkForRelease
    }

    /// - Returns: what the user is told about it.
    private func put(_ what: InTheWay) throws -> String {
        let release = project.folder["store/releases/v1"].string
        try project.folder.write("theirs", to: "outside/app.js")
        let outside = project.folder["outside"].string
        switch what {
        case .folderForFile:
            unlink(release + "/two.html")
            try project.folder.write("mine", to: "store/releases/v1/two.html/notes.txt")
            return "~/store/releases/v1 stays, for no record names what is left in it: `two.html/notes.txt`"
        case .linkForFile:
            unlink(release + "/two.html")
            symlink(outside, release + "/two.html")
            return ""
        case .fileForFolder, .linkForFolder:
            unlink(release + "/assets/app.js")
            rmdir(release + "/assets")
            if what == .fileForFolder {
                try project.folder.write("mine", to: "store/releases/v1/assets")
            } else {
                symlink(outside, release + "/assets")
            }
            return "~/store/releases/v1 stays, for no record names what is left in it: `assets`"
        case .linkForRelease:
            try project.move("store/releases/v1", to: "moved")
            symlink(project.folder["moved"].string, release)
            return "~/store/releases/v1 stays: it is a link"
        }
    }

    @Test(arguments: InTheWay.allCases, [true, false])
    func whatStandsInTheWayStays(what: InTheWay, byPrune: Bool) async throws {
        let told = try put(what)
        if byPrune {
            try await deploys("v3")
            let said = try await project.runner("run", "tidy.yml")
            #expect(said.code == 0 && said.error.contains(told), "\(said.error)")
        } else {
            try await interruptRetirement()
            let said = try await deploys("v3")
            #expect(said.contains(told), "\(said)")
        }
        #expect(try trash == [])
        #expect(!project.exists("store/releases/v1/index.html") || what == .linkForRelease)
        #expect(try project.text("outside/app.js") == "theirs")
        #expect(project.exists("moved/index.html") == (what == .linkForRelease))
        #expect(project.exists("store/releases/v1/two.html/notes.txt") == (what == .folderForFile))
        #expect(!(try await deploys("v4")).contains("v1"))
    }

    /// A runner that did not check the length of names has left this record.
    @Test func aNameThatIsTooLongIsAbsent() async throws {
        try await interruptRetirement()
        let name = String(repeating: "z", count: 250) + ".html"
        let entry =
            #"{"key":"\#(name)","size":9,"sha256":"00","content-type":"text/html","content-encoding":"gzip","cache-control":"no-cache","#
            + #""original":{"size":20,"sha256":"11"}}"#
        try project.folder.write(
            try project.text("store/.runner/trash/v1.jsonl") + entry + "\n", to: "store/.runner/trash/v1.jsonl")
        #expect(!(try await deploys("v3")).contains("v1"))
        #expect(try trash == [] && !project.exists("store/releases/v1"))
    }

    // MARK: what cannot be deleted

    /// A folder that the user may not write into, or not even look into.
    enum Closed: String, CaseIterable, Sendable {
        case assets, deep

        var reason: String {
            switch self {
            case .assets: "cannot delete ~/store/releases/v1/assets/app.js: permission denied"
            case .deep: "cannot open the folder ~/store/releases/v1/deep/a: permission denied"
            }
        }

        var file: String { self == .assets ? "assets/app.js" : "deep/a/b.js" }
    }

    @Test(
        .enabled(if: geteuid() == 0, "only root can become another user"), arguments: Closed.allCases, [true, false])
    func whatMayNotBeDeletedIsTriedAgain(closed: Closed, byPrune: Bool) async throws {
        if !byPrune { try await interruptRetirement() }
        try giveAway()
        let folder = project.folder["store/releases/v1/\(closed)"].string
        #expect(chown(folder, 0, 0) == 0 && chmod(folder, closed == .deep ? 0o700 : 0o755) == 0)
        if byPrune {
            for release in ["v3", "v4"] { try await deploys(release, user: 65_534) }
            let said = try await project.runner("run", "tidy.yml", user: 65_534)
            #expect(
                said.code == 0 && said.error.contains("release v1 is not deleted: \(closed.reason)"), "\(said.error)")
            #expect(said.error.contains("  1 deleted (") && said.error.contains(", 1 could not be deleted"))
            // The other release is deleted.
            #expect(!project.exists("store/releases/v2"))
        }
        let said = try await deploys("v5", user: 65_534)
        #expect(said.contains("release v1 is not deleted: \(closed.reason)"), "\(said)")
        #expect(said.contains("`rm -rf ~/store/releases/v1 ~/store/.runner/trash/v1.jsonl`"), "\(said)")
        // The rest is gone.
        #expect(!project.exists("store/releases/v1/index.html") && project.exists("store/releases/v1/\(closed.file)"))
        #expect(try trash == ["v1.jsonl"])
        #expect(chown(folder, Self.nobody, Self.nobody) == 0)
        #expect(!(try await deploys("v6", user: 65_534)).contains("v1"))
        #expect(try trash == [] && !project.exists("store/releases/v1"))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
    func aRollbackThatMayNotDeleteItsOwnFilesEnds() async throws {
        try project.folder.write(
            CommandProject.deploy(
                "  - { id: spoil, uses: exec, with: { run: \"chmod 500 store/releases/*/assets; false\" }, rollback: false }"
            ),
            to: "spoilt.yml")
        try giveAway()
        let spoilt = try await project.runner("run", "spoilt.yml", "-i", "release=v3", user: 65_534)
        // What visitors get is restored.
        #expect(spoilt.code == 1, "\(spoilt.error)")
        #expect(try project.live() == "v2")
        #expect(spoilt.error.contains("restored, but for what the warnings above name"), "\(spoilt.error)")
        #expect(
            spoilt.error.contains(
                "release v3 is not deleted: cannot delete ~/store/releases/v3/assets/app.js: permission denied"),
            "\(spoilt.error)")
        let command = "rm -rf ~/store/releases/v3 ~/store/.runner/trash/v3.jsonl"
        #expect(spoilt.error.contains("`\(command)`"), "\(spoilt.error)")
        for again in ["rollback", "recover"] {
            #expect(try await project.runner(again, user: 65_534).code == 0)
        }
        #expect((try await deploys("v4", user: 65_534)).contains("release v3 is not deleted: "))
        // Its own leftovers block that version only, and the command that is advised helps.
        let same = try await project.runner("run", "deploy.yml", "-i", "release=v3", user: 65_534)
        #expect(same.code == 1 && same.error.contains("release v3 is not deleted: "), "\(same.error)")
        #expect(same.error.contains("`\(command)`"), "\(same.error)")
        try await shell(command)
        try await deploys("v3", user: 65_534)
    }

    private func shell(_ command: String) async throws {
        try await project.typeWell(command.replacing("~", with: project.folder.path.string))
    }

    // MARK: records

    @Test func aDamagedRecordStopsNobodyElse() async throws {
        try await interruptRetirement()
        let record = try project.text("store/.runner/trash/v1.jsonl")
        for (number, damage) in ["", "{", record + "no entry\n", nil].enumerated() {
            try FileManager.default.removeItem(atPath: project.folder["store/.runner/trash/v1.jsonl"].string)
            // A folder cannot be read as a file, whoever reads it.
            try project.folder.write(damage ?? "", to: "store/.runner/trash/v1.jsonl" + (damage == nil ? "/a" : ""))
            try project.folder.write("", to: "store/.runner/trash/..jsonl")
            let said = try await deploys("v\(3 + number)")
            #expect(said.contains("release v1 is not deleted: "), "\(said)")
            #expect(said.contains("~/store/.runner/trash/..jsonl names no release"), "\(said)")
            let tidied = try await project.runner("run", "tidy.yml")
            #expect(tidied.code == 0 && tidied.error.contains("release v1 is not deleted: "), "\(tidied.error)")
        }
    }

    @Test func aDamagedRecordOfTheVersionItselfIsToldWithAWayOut() async throws {
        try await interruptRetirement()
        try project.folder.write("{\n", to: "store/.runner/trash/v1.jsonl")
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v1")
        #expect(said.code == 1 && said.error.contains("release v1 is not deleted: "), "\(said.error)")
        let command = "rm -rf ~/store/releases/v1 ~/store/.runner/trash/v1.jsonl"
        #expect(said.error.contains("`\(command)`"), "\(said.error)")
        #expect(project.exists("store/releases/v1/index.html"))
        try await shell(command)
        try await deploys("v1")
    }

    @Test func aRecordOfTheVersionItselfIsFinishedFirst() async throws {
        try await interruptRetirement()
        try project.folder.write("other", to: "site/index.html")
        try await deploys("v1")
        #expect(try project.text("store/current/index.html") == "other" && trash == [])
    }

    /// Somebody has pointed the link at a release that was on its way out.
    @Test func aReleaseThatIsInUseStopsNobodyElse() async throws {
        try await interruptRetirement()
        try project.point("store/other", at: "releases/v1")
        try project.folder.write(#"{"kind":"link","name":"other"}"#, to: "store/.runner/pointers/link-other.json")
        #expect((try await deploys("v3")).contains("release v1 is not deleted: "))
        #expect(project.exists("store/releases/v1/index.html"))
    }

    /// A release that is being deleted is no longer complete, wherever the runner was stopped.
    @Test func aRetirementThatHasKeptItsManifestIsFinished() async throws {
        let manifest = try project.text("store/.runner/manifests/v1.jsonl")
        try project.folder.write(manifest, to: "store/.runner/trash/v1.jsonl")
        try await deploys("v3")
        #expect(!project.exists("store/releases/v1") && !project.exists("store/.runner/manifests/v1.jsonl"))
        #expect(try trash == [])
    }
}
