import PipelineKit
import TestSupport
import Testing

/// Values that a pipeline file names and that are not there: each is told by its name, and not as an option that is
/// missing.
@Suite struct AbsentValueTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy()
    }

    private func write(_ version: String, top: String = "", before: String = "") throws {
        try project.folder.write(
            """
            version: 1
            name: deploy
            with: { store: store }
            \(top)
            steps:
            \(before)
              - { uses: hash, with: { source: site } }
              - { id: upload, uses: sync, with: { version: "\(version)" } }

            """, to: "deploy.yml")
    }

    /// It is set where the pipeline runs: the file is good.
    @Test func aVariableThatIsNotSet() async throws {
        try write("${{ env.CI_COMMIT_TAG }}")
        let checked = try await project.runner("validate", "deploy.yml")
        #expect(checked.code == 0 && checked.error == "", "\(checked.error)")
        for command in ["run", "plan"] {
            let said = try await project.runner(command, "deploy.yml")
            #expect(said.code == 64)
            #expect(said.error.contains(": error: `version` has no value: `env.CI_COMMIT_TAG` is not set\n"))
            #expect(
                said.error.hasSuffix(
                    "\nerror: the environment lacks a value that the pipeline needs, so nothing was run\n"),
                "\(said.error)")
        }
        let explained = try await project.runner("validate", "deploy.yml", "--explain")
        #expect(explained.error.contains("set the environment variables that it names"), "\(explained.error)")
        let environment = ["CI_COMMIT_TAG": "v1"]
        let said = try await project.runner("run", "deploy.yml", environment: environment)
        #expect(said.code == 0, "\(said.error)")
        // As its help says.
        try write("${{ env.OTHER_TAG || 'v2' }}")
        #expect(try await project.runner("run", "deploy.yml").code == 0)
    }

    @Test func anInputWhoseVariableIsNotSet() async throws {
        try write("${{ inputs.release }}", top: "inputs: { release: { type: string, env: CI_COMMIT_TAG } }")
        #expect(try await project.runner("validate", "deploy.yml").code == 0)
        let said = try await project.runner("run", "deploy.yml")
        #expect(said.code == 64 && !said.error.contains("is missing"), "\(said.error)")
        #expect(said.error.contains("the input `release` has no value\n"), "\(said.error)")
        #expect(said.error.contains("or set CI_COMMIT_TAG\n"), "\(said.error)")
    }

    @Test func anOutputThatIsNull() async throws {
        try await project.typeWell("git init -q . && git add -A && git commit -qm one")
        try write(
            "${{ steps.tag.outputs.tag }}", before: "  - { id: tag, uses: git-tag, with: { fallback: commit } }")
        let said = try await project.runner("run", "deploy.yml")
        #expect(said.code == 1)
        #expect(
            said.error.contains("`version` has no value: `steps.tag.outputs.tag` is null (line 8)"), "\(said.error)")
        #expect(said.error.contains("`${{ steps.tag.outputs.tag || '…' }}`"), "\(said.error)")
        let plan = try await project.runner("plan", "deploy.yml")
        #expect(plan.output.contains("`steps.tag.outputs.tag` is null"), "\(plan.output)")
    }

    @Test func aSecretThatAPlanLacks() async throws {
        try write("${{ secrets.name }}", top: "secrets: { name: { env: NAME_OF_RELEASE } }")
        let plan = try await project.runner("plan", "deploy.yml")
        #expect(plan.code == 1)
        #expect(plan.output.contains("`version` has no value: `secrets.name` has no value"), "\(plan.output)")
    }
}
