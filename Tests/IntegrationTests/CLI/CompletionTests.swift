import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// What bash proposes: its script is sourced, asked as bash asks it, and its answer read.
@Suite struct CompletionTests {
    private let project: CommandProject

    init() throws {
        project = try CommandProject()
        try project.writeDeploy()
        try project.folder.write("version: 2\n", to: "pipelines/other.yaml")
        try project.folder.write("", to: "pipelines/notes.txt")
        try project.folder.write(
            """
            version: 1
            name: inputs
            inputs:
              environment: { enum: [staging, production], description: where to }
              keep: { type: boolean }
              url: { type: string }
              trap: { enum: ["$(touch pwned)", "`touch pwned`", fine] }
            steps: nothing that could run
            """, to: "inputs.yml")
    }

    /// - Parameter line: the command as it is typed; the last word is completed.
    private func proposals(for line: String) async throws -> [String] {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        try project.folder.write(
            """
            source <(runner --generate-completion-script bash)
            compopt() { :; }
            COMP_WORDS=(\(words.map { "'\($0)'" }.joined(separator: " ")))
            COMP_CWORD=\(words.count - 1)
            COMP_LINE='\(line)'
            COMP_POINT=${#COMP_LINE}
            COMPREPLY=()
            _runner runner '\(words.last ?? "")' '\(words.dropLast().last ?? "")'
            printf '%s\\n' "${COMPREPLY[@]}"
            """, to: "complete.bash")
        return try await project.typeWell("bash complete.bash").split(separator: "\n").map(String.init).sorted()
    }

    @Test func filesAreProposed() async throws {
        #expect(try await proposals(for: "runner run dep") == ["deploy.yml"])
        #expect(try await proposals(for: "runner validate deploy.yml pipelines/") == ["pipelines/other.yaml"])
        #expect(try await proposals(for: "runner plan pipe") == ["pipelines"])
        #expect(try await proposals(for: "runner run deploy.yml --project s") == ["site"])
        #expect(try await proposals(for: "runner runs --state si") == ["site"])
        #expect(try await proposals(for: "runner rollback --pipeline in") == ["inputs.yml"])
        #expect(try await proposals(for: "runner adopt si") == ["site"])
    }

    @Test func kindsAndTemplatesAreProposed() async throws {
        #expect(try await proposals(for: "runner steps s") == ["smoke", "switch-origin", "sync"])
        #expect(try await proposals(for: "runner init bucket") == ["bucket", "bucket-rollback"])
        #expect(try await proposals(for: "runner val") == ["validate"])
    }

    @Test func inputsOfTheFileAreProposed() async throws {
        #expect(
            try await proposals(for: "runner run inputs.yml -i ") == [
                "environment=production", "environment=staging", "keep=false", "keep=true", "trap=fine", "url=",
            ])
        #expect(try await proposals(for: "runner run inputs.yml -i keep=true -i u") == ["url="])
        #expect(try await proposals(for: "runner run inputs.yml -i keep=true -i k") == [])
        #expect(try await proposals(for: "runner plan deploy.yml --input ") == ["release="])
        #expect(try await proposals(for: "runner plan nowhere.yml -i ") == [])
        #expect(!project.exists("pwned"))
    }

    @Test func runsAndReleasesAreProposed() async throws {
        #expect(try await proposals(for: "runner show ") == [])
        #expect(try await proposals(for: "runner rollback --to ") == ["previous"])
        for release in ["v1", "v2"] {
            #expect(try await project.runner("run", "deploy.yml", "-i", "release=\(release)", "-q").code == 0)
        }
        try project.folder.write("", to: "store/releases/unfinished/index.html")
        let runs = try project.runs().sorted()
        #expect(runs.count == 2)
        for command in ["show", "resume", "rollback"] {
            #expect(try await proposals(for: "runner \(command) ") == runs)
        }
        #expect(try await proposals(for: "runner show --state site ") == [])
        #expect(try await proposals(for: "runner rollback --to ") == ["previous", "v1", "v2"])
        #expect(try await proposals(for: "runner rollback --to v") == ["v1", "v2"])
    }

    /// A shell shows whatever a lookup says.
    @Test func aLookupIsQuiet() async throws {
        try project.folder.write("{", to: "inputs.yml")
        try project.folder.write("", to: ".runner/runs/20260131-235959-123-9f3a/journal.jsonl")
        let lookups = [
            ["run", "--", "--input", "4", "0", "runner", "run", "inputs.yml", "-i", ""],
            ["rollback", "--", "--to", "3", "0", "runner", "rollback", "--to", ""],
        ]
        for lookup in lookups {
            let said = try await project.runner(["---completion"] + lookup, environment: ["SAP_SHELL": "bash"])
            #expect(said.code == 0 && said.error == "", "\(said.error)")
        }
    }

    /// What is put into the parser's scripts. A parser that writes them otherwise would lose it unnoticed.
    @Test func nothingFollowsAnInputsName() async throws {
        let bash = try await project.runner("--generate-completion-script", "bash")
        #expect(bash.code == 0 && bash.output.contains("= *= ]] && compopt -o nospace"))
        #expect(bash.output.contains("= *=* ]] && compopt +o filenames"))
        let zsh = try await project.runner("--generate-completion-script=zsh")
        #expect(zsh.code == 0 && zsh.output.contains("compadd -S '' -- \"${open_completions[@]}\""))
        #expect(zsh.output.contains("non_empty_completions=(\"${@:#(|:*|*=)}\")"))
        #expect(
            try await project.runner("--generate-completion-script", "fish").output.contains("complete -c 'runner'"))
    }
}
