import ArgumentParser
import FoundationEssentials
import PipelineKit
import SystemPackage
import TestSupport
import Testing

@testable import RunnerCLI

/// The commands that documents show.
@Suite struct DocumentCommandTests {
    /// The lines of code in a document, without their comments.
    private static func code(in text: String) -> [String] {
        var isFenced = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line in
            if line.hasPrefix("```") {
                isFenced.toggle()
                return nil
            }
            guard isFenced || line.hasPrefix("    ") else { return nil }
            let command = line.drop { $0 == " " }
            return (command.firstRange(of: " #").map { command[..<$0.lowerBound] } ?? command[...])
                .split(separator: " ").joined(separator: " ")
        }
    }

    private static var commands: [(page: String, words: [String])] {
        get throws {
            let pages =
                ["README.md"] + (try DurableFile.entries(of: DocumentTests.root.appending("docs"))).map { "docs/" + $0 }
            return try pages.filter { $0.hasSuffix(".md") }.flatMap { page in
                try code(in: DocumentTests.text(page)).filter { $0.hasPrefix("runner ") }.map { line in
                    let command = line.split(separator: " | ")[0].split(separator: " > ")[0]
                    return (page, command.split(separator: " ").dropFirst().map { $0.filter { !"[]".contains($0) } })
                }
            }
        }
    }

    /// Each command exists, and has the options that are shown.
    @Test func everyCommandCanBeTyped() throws {
        let commands = try Self.commands
        #expect(commands.count > 15)
        for (page, words) in commands {
            #expect(throws: Never.self, "\(page): runner \(words.joined(separator: " "))") {
                _ = try RunnerCommand.parseAsRoot(words)
            }
        }
    }

    /// The README's first deploy, typed as it is except for the folder of releases and the port.
    @Test func theFirstDeployOfTheReadmeWorks() async throws {
        let text = try DocumentTests.text("README.md")
        let part = try #require(text.split(separator: "\n## ").first { $0.hasPrefix("Your own first deploy\n") })
        let file = try #require(part.split(separator: "```").first { $0.hasPrefix("yaml\n") }).dropFirst(5)
        let project = try CommandProject()
        let store = project.folder["my-site"].string
        try project.folder.write("<html>one</html>\n", to: "public/index.html")
        try project.folder.write("", to: "my-site/.keep")
        try await project.typeWell("git init -q . && printf '.runner\\nmy-site\\n*.conf\\n' > .gitignore")
        try await NginxServer.run(in: project.folder.path, root: project.folder["my-site/current"]) { server in
            let own = String(file).replacing("/srv/www/my-site", with: store)
                .replacing("http://localhost:8080/", with: server.url())
            try project.folder.write(own, to: "pipelines/deploy.yml")
            try await project.typeWell("git add -A && git commit -qm one")
            let typed = Self.code(in: String(part)).filter { $0.hasPrefix("git ") || $0.hasPrefix("runner ") }
            #expect(
                typed == [
                    "git tag v1.0.0", "runner validate pipelines/deploy.yml", "runner plan pipelines/deploy.yml",
                    "runner run pipelines/deploy.yml", "runner rollback", "runner recover",
                ])
            for command in typed.prefix(4) { try await project.typeWell(command) }
            #expect(project.readLink("my-site/current") == "releases/v1.0.0")
            // The last deploy is taken back. There is none before it, and a test answers no question.
            try await project.typeWell(typed[5])
            let refused = try await project.type(typed[4])
            #expect(refused.code == 64 && refused.said.contains("\(typed[4]) --yes"), "\(refused.said)")
            try await project.typeWell("\(typed[4]) --yes")
            #expect(project.readLink("my-site/current") == nil)
        }
    }

    /// The server of the folder store's page, asked as browsers do.
    @Test func theServerOfTheFolderStoreServesARelease() async throws {
        let text = try DocumentTests.text("docs/folder-store.md")
        let block = try #require(text.split(separator: "```").first { $0.hasPrefix("nginx\n") })
        let lines = block.split(separator: "\n").filter { !$0.contains("listen ") && !$0.contains("root ") }
        let project = try CommandProject()
        try project.writeDeploy()
        let page = String(repeating: "<p>hello</p>\n", count: 200)
        try project.folder.write(page, to: "site/shop/index.html")
        let upload = "  - { id: upload"
        let deploy = try project.text("deploy.yml").replacing(upload, with: "  - uses: gzip\n" + upload)
        try project.folder.write(deploy, to: "deploy.yml")
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
        let server = lines.dropFirst(2).dropLast().joined(separator: "\n")
        try await NginxServer.run(
            in: project.folder.path, root: project.folder["store/current"], server: server
        ) { server in
            let shop = try await project.typeWell("curl -si --compressed '\(server.url("/shop"))'")
            #expect(shop.contains("HTTP/1.1 200") && shop.contains("Content-Encoding: gzip"), "\(shop.prefix(400))")
            #expect(shop.components(separatedBy: "hello").count == 201)
            #expect(try await project.typeWell("curl -si '\(server.url("/none"))'").contains("HTTP/1.1 404"))
        }
    }
}
