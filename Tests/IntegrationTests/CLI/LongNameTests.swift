import FoundationEssentials
import Glibc
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// Names and paths that are as long as a file system takes them, and longer: refused before anything is written.
@Suite struct LongNameTests {
    private let project: CommandProject
    /// Worth compressing.
    private static let page = "<html>" + String(repeating: "<p>the same once more</p>\n", count: 100)

    init() throws {
        project = try CommandProject()
        try project.folder.write(Self.page, to: "site/index.html")
        try write()
    }

    private func write(hash: String = "", gzip: String = "") throws {
        try project.folder.write(
            """
            version: 1
            name: deploy
            inputs:
              release: { type: string }
              store: { type: string, default: store }
            with: { store: "${{ inputs.store }}" }
            steps:
              - { id: list, uses: hash, with: { source: site, \(hash) } }
              - { id: pack, uses: gzip, with: { \(gzip) } }
              - { id: upload, uses: sync, with: { version: "${{ inputs.release }}" } }
              - { id: switch, uses: switch-origin }

            """, to: "deploy.yml")
    }

    private func deploy(_ arguments: String...) async throws -> Said {
        try await project.runner(["run", "deploy.yml"] + arguments)
    }

    /// A name of that many bytes, its ending included.
    private static func name(_ count: Int, _ letter: Character = "n") -> String {
        String(repeating: letter, count: count - 5) + ".html"
    }

    @Test func theLongestNameGoesLive() async throws {
        let name = Self.name(252)
        try project.folder.write(Self.page, to: "site/docs/\(name)")
        #expect(try await deploy("-i", "release=v1").code == 0)
        #expect(project.exists("store/current/docs/\(name)") && project.exists("store/current/docs/\(name).gz"))
    }

    @Test(arguments: [253, 255])
    func aNameWithoutRoomForItsCompressedCopy(count: Int) async throws {
        #expect(try await deploy("-i", "release=v1").code == 0)
        let name = Self.name(count)
        try project.folder.write(Self.page, to: "site/docs/\(name)")
        for command in ["run", "plan"] {
            let said = try await project.runner([command, "deploy.yml", "-i", "release=v2"])
            let text = said.output + said.error
            #expect(said.code == 1 && text.contains("`docs/\(name)` cannot be kept in ~/store: "), "\(text)")
            #expect(text.contains("`\(name).gz` has \(count + 3) bytes, and a name there may have 255"), "\(text)")
            #expect(text.contains("rename the file") && text.contains("`exclude`") && text.contains("`include`"))
            #expect(!project.exists("store/releases/v2") && !project.exists("store/.runner/incoming/v2.jsonl"))
        }
        // Each thing that was advised works.
        try write(gzip: #"include: ["*.html"]"#)
        #expect(try await deploy("-i", "release=v3").code == 0)
        #expect(project.exists("store/current/docs/\(name)") && project.exists("store/current/index.html.gz"))
        try write(hash: #"exclude: ["docs/nn*"]"#)
        #expect(try await deploy("-i", "release=v4").code == 0)
        #expect(!project.exists("store/current/docs"))
        try write()
        try project.move("site/docs/\(name)", to: "site/docs/short.html")
        #expect(try await deploy("-i", "release=v5").code == 0)
        #expect(project.exists("store/current/docs/short.html.gz"))
    }

    /// - Returns: a folder below the project's whose path has a number of bytes.
    private func longFolder(_ count: Int) throws -> FilePath {
        var path = project.folder["deep"]
        while count - path.string.utf8.count > 1 {
            let part = min(200, count - path.string.utf8.count - 1)
            path.append(String(repeating: "d", count: part))
        }
        try DurableFile.makeFolder(path)
        #expect(path.string.utf8.count == count)
        return path
    }

    @Test func aPathThatIsTooLong() async throws {
        // `/releases/v1/` and the key, with and without `.gz`.
        let key = (1...4).map { _ in String(repeating: "k", count: 240) + "/" }.joined() + Self.name(50)
        try project.folder.write(Self.page, to: "site/\(key)")
        let room = 4_095 - key.utf8.count - "/releases/v1/".utf8.count
        let fits = try longFolder(room - 3)
        #expect(try await deploy("-i", "release=v1", "-i", "store=\(fits)").code == 0)
        let tight = try longFolder(room - 2)
        let said = try await deploy("-i", "release=v1", "-i", "store=\(tight)")
        #expect(said.code == 1 && said.error.contains("`\(key)` cannot be kept in ~/deep"), "\(said.error)")
        #expect(said.error.contains("its path would have 4096 bytes, and the limit is 4095"), "\(said.error)")
        #expect(try DurableFile.entries(of: tight).filter { $0 != ".runner" } == [])
    }

    @Test func aStoreWithoutRoomForItsRecords() throws {
        let v1 = try ReleaseVersion("v1")
        _ = try FolderStore(try longFolder(3_819)).entryCheck(of: v1)
        let error = #expect(throws: StepError.self) { _ = try FolderStore(try longFolder(3_820)).entryCheck(of: v1) }
        #expect(error?.code == "path-too-long")
        #expect(error?.message.contains("leaves no room for the store's records") == true)
    }

    /// The record of an overlap has the names of two releases in its own.
    @Test func twoLongVersionsGiveEachOtherFiles() async throws {
        try project.folder.write("a", to: "site/assets/a.js")
        let pipeline = try project.text("deploy.yml").replacing(
            "uses: switch-origin", with: #"uses: switch-origin, with: { overlap: { match: "assets/**" } }"#)
        try project.folder.write(pipeline, to: "deploy.yml")
        var versions: [String] = []
        for (number, name) in ["a", "b", "c"].enumerated() {
            versions.append(String(repeating: "v", count: 126) + ".\(number)")
            try? FileManager.default.removeItem(atPath: project.folder["site/assets"].string)
            try project.folder.write(name, to: "site/assets/\(name).js")
            let said = try await deploy("-i", "release=\(versions[number])")
            #expect(said.code == 0, "\(said.error)")
        }
        #expect(try project.live() == versions[2])
        #expect(project.exists("store/current/assets/b.js") && project.exists("store/current/assets/c.js"))
        // What an overlap has put into a release is deleted with it.
        try await project.store.retire(.init(versions[0]), in: .test(folder: project.folder.path))
        #expect(!project.exists("store/releases/\(versions[0])"))
    }

    @Test func aMirrorRefusesThemAsWell() async throws {
        try project.folder.write(
            """
            version: 1
            name: mirror
            steps:
              - { uses: hash, with: { source: site } }
              - { uses: gzip }
              - { uses: mirror, with: { to: copy } }

            """, to: "mirror.yml")
        let name = Self.name(254)
        try project.folder.write(Self.page, to: "site/\(name)")
        for command in ["plan", "run"] {
            let said = try await project.runner([command, "mirror.yml"])
            let text = said.output + said.error
            #expect(said.code == 1 && text.contains("`\(name)` cannot be kept in ~/copy: "), "\(text)")
            #expect(text.contains("`\(name).gz` has 257 bytes, and a name there may have 255"), "\(text)")
            #expect(!project.exists("copy"))
        }
        let pipeline = try project.text("mirror.yml")
            .replacing("to: copy", with: #"to: copy, exclude: ["nn*"]"#)
        try project.folder.write(pipeline, to: "mirror.yml")
        #expect(try await project.runner("run", "mirror.yml").code == 0)
        #expect(project.exists("copy/index.html.gz") && !project.exists("copy/\(name)"))
    }
}
