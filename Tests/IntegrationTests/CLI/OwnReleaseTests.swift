import PipelineKit
import TestSupport
import Testing

/// One commit whose content changes: every run has a release of its own, under one name in every step.
@Suite struct OwnReleaseTests {
    private let project: CommandProject

    init() async throws {
        project = try CommandProject()
        try project.folder.write("nightly.yml\npublic/\nstore/\n.runner/\nnginx*\n", to: ".gitignore")
        try await project.typeWell("git init -q -b main . && git add -A && git commit -qm one && git tag v1.0.0")
    }

    private func writePipeline(_ tag: String = "append: run", url: String) throws {
        try project.folder.write(
            """
            version: 1
            name: nightly
            with: { store: store }
            steps:
              - { id: tag, uses: git-tag, with: { \(tag) } }
              - { uses: hash, with: { source: public } }
              - { id: upload, uses: sync }
              - { id: switch, uses: switch-origin }
              - { uses: smoke, with: { url: "\(url)" } }
              - { uses: prune, with: { keep: 2, min-age: 0s }, rollback: false }
            finally:
              - uses: log

            """, to: "nightly.yml")
    }

    private func run(_ content: String, code: Int = 0) async throws -> Said {
        try project.folder.write("<html>\(content)</html>\n", to: "public/index.html")
        let said = try await project.runner("run", "nightly.yml")
        #expect(said.code == code, "\(said.error)")
        return said
    }

    private func releases() throws -> [String] {
        try DurableFile.entries(of: project.folder["store/releases"]).sorted()
    }

    @Test func everyStepUsesTheNameOfTheRun() async throws {
        try await NginxServer.run(in: project.folder.path, root: project.folder["store/current"]) { nginx in
            try writePipeline(url: nginx.url())
            var names: [String] = []
            for content in ["monday", "tuesday", "wednesday"] {
                let said = try await run(content)
                let name = "v1.0.0-" + (try #require(try project.runs().first))
                names.append(name)
                #expect(project.readLink("store/current") == "releases/" + name)
                #expect(said.error.contains("  ok  tag  v1.0.0-RUN at "), "\(said.error)")
            }
            #expect(names == names.sorted())
            // Two are kept besides what a pointer needs.
            #expect(try releases() == names.suffix(2))
            let log = try DurableFile.entries(of: project.folder["store/.runner/deployments"]).filter {
                $0.hasSuffix(".log.json")
            }.sorted()
            #expect(try project.text("store/.runner/deployments/" + log[2]).contains("\"version\":\"\(names[2])\""))
            // Back, forward by its name, and what a run would do.
            #expect(try await project.runner("rollback", "--to", "previous").code == 0)
            #expect(project.readLink("store/current") == "releases/" + names[1])
            #expect(try await project.runner("rollback", "--to", names[2]).code == 0)
            #expect(project.readLink("store/current") == "releases/" + names[2])
            #expect(try await project.runner("rollback").code == 0)
            #expect(project.readLink("store/current") == "releases/" + names[1])
        }
    }

    @Test func aPlanSaysThatTheRunsIDIsNotKnown() async throws {
        try writePipeline(url: "http://127.0.0.1:9/")
        try project.folder.write("<html></html>\n", to: "public/index.html")
        let plan = try await project.runner("plan", "nightly.yml")
        #expect(plan.code == 0 && plan.output.contains("  ok  tag  v1.0.0-RUN at "), "\(plan.output)")
        #expect(plan.output.contains("\na run has an id of its own in the place of RUN\n"), "\(plan.output)")
        let json = try await project.runner("plan", "nightly.yml", "--json")
        #expect(json.output.contains("\"run\":\"RUN\"") && json.output.contains("\"version\":\"v1.0.0-RUN\""))
        try writePipeline("append: none", url: "http://127.0.0.1:9/")
        let plain = try await project.runner("plan", "nightly.yml")
        #expect(plain.code == 0 && !plain.output.contains("id of its own"), "\(plain.output)")
    }

    /// A name that two tags have, at two commits.
    @Test func theCommitsOfAVersionThatExistsAreTold() async throws {
        try await NginxServer.run(in: project.folder.path, root: project.folder["store/current"]) { nginx in
            try writePipeline("match: \"*[+_]*\"", url: nginx.url())
            try await project.typeWell("git tag v1.1.0+a")
            _ = try await run("monday")
            let first = String(try await project.typeWell("git rev-parse HEAD").prefix(12))
            try await project.typeWell("git commit -q --allow-empty -m two && git tag v1.1.0_a")
            let second = String(try await project.typeWell("git rev-parse HEAD").prefix(12))
            let said = try await run("tuesday", code: 1)
            #expect(
                said.error.contains(
                    "release v1.1.0_a is in file://~/store already, with other content: index.html (content); it was made from "
                        + "the commit \(first), and this run has \(second)\n   --> nightly.yml:7:5\n  help: the tags `v1+a` and `v1_a` name one "
                        + "release: tag the new commit otherwise; or give the new content a version of its own"),
                "\(said.error)")
            #expect(!said.error.contains("overwrite"))
        }
    }
}
