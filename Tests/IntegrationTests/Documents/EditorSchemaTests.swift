import FoundationEssentials
import StandardSteps
import SystemPackage
import TestSupport
import Testing

@testable import PipelineKit
@testable import RunnerCLI

/// What an editor sees of pipeline files by the JSON Schema, which a validator of draft-07 reads that is not ours.
@Suite struct EditorSchemaTests {
    /// What the schema says of a file.
    enum Verdict: String { case valid, refused, noYAML = "no YAML" }

    /// Of `Tests/BrokenPipelines`.
    private static let notYAML: Set = [
        "alias-misspelt", "at-sign", "brace-not-closed", "colon-in-text", "escape-byte",
        "expression-in-braces", "indentation-off", "key-that-is-a-list", "latin-1", "merge-of-text", "nul-byte",
        "quote-not-closed", "star-without-quotes",
        "tab-in-a-mapping", "tab-indent", "two-documents", "yaml-tags",
    ]

    /// The faults that draft-07 cannot see, by their reasons.
    private static let unseen: [String: Set<String>] = [
        "it is gone when YAML has been read": ["alias-of-itself", "duplicate-keys", "octal-number"],
        "to JSON Schema 1 and 1.0 are one number": ["version-1.0"],
        "`uniqueItems` compares whole steps, not their ids": ["ids-twice"],
        "names in expressions are compared with those that other places of the file declare": [
            "input-used-but-not-declared", "policy-by-the-run", "step-of-itself", "steps-in-a-circle",
            "variables-in-a-circle",
        ],
        "an expression's type depends on what it names": ["expression-of-another-type"],
        "a condition of one step is compared with that of another": ["wired-from-a-skipped-step"],
        "it does not count levels": ["nested-too-deep"],
        "which word of a command is read as commands depends on the program": ["expression-in-a-shell-command"],
        "an expression is a pattern, whatever it names": ["secret-in-arguments"],
        "what the environment holds is not in the file": ["variable-not-set"],
    ]

    @Test func brokenFilesAreRefusedUnlessDraft07CannotSeeIt() async throws {
        let folder = BrokenPipelineTests.folder
        let names = try BrokenPipelineTests.files
        let verdicts = try await Self.verdicts(on: names.map { folder.appending($0) })
        for (name, verdict) in zip(names.map { String($0.dropLast(4)) }, verdicts) {
            let reason = Self.unseen.first { $0.value.contains(name) }?.key
            let expected: Verdict = Self.notYAML.contains(name) ? .noYAML : reason == nil ? .refused : .valid
            #expect(verdict == expected, "\(name): \(reason ?? "no reason is known why the schema should pass it")")
        }
        let listed = Self.unseen.values.reduce(Self.notYAML) { $0.union($1) }
        #expect(listed.subtracting(names.map { $0.dropLast(4).description }) == [])
    }

    /// A false alarm would be worse than a miss. Everything in this repository that the runner accepts is tried: files, the
    /// documents' examples, those of kinds, what `init` writes, and what `validate --explain` prints.
    @Test func nothingThatTheRunnerAcceptsIsRefused() async throws {
        let folder = try TemporaryFolder()
        let accepted = try Self.texts().filter { Self.isAccepted($0.text) }
        #expect(accepted.count > 100)
        for (index, file) in accepted.enumerated() { try folder.write(file.text, to: "\(index).yml") }
        let verdicts = try await Self.verdicts(on: accepted.indices.map { folder["\($0).yml"] })
        for (file, verdict) in zip(accepted, verdicts) {
            #expect(verdict == .valid, "\(file.origin):\n\(file.text)")
        }
    }

    private static func texts() throws -> [(origin: String, text: String)] {
        var texts = try files(in: DocumentTests.root).map { ($0, try DocumentTests.text($0)) }
        for page in try ["README.md"]
            + DurableFile.entries(of: DocumentTests.root.appending("docs")).map({ "docs/" + $0 })
        where page.hasSuffix(".md") {
            texts += try DocumentTests.text(page).split(separator: "```").filter { $0.hasPrefix("yaml\n") }
                .flatMap { block in forms(of: String(block.dropFirst(5))).map { (page, $0) } }
        }
        for kind in StandardSteps.all { texts += forms(of: kind.example).map { ("the example of \(kind.name)", $0) } }
        texts += PipelineTemplate.allCases.map { ("the template \($0.rawValue)", $0.text()) }
        for (origin, text) in texts {
            let read = PipelineReader(registry: DocumentTests.registry).read(
                bytes: Array(text.utf8), path: "a.yml", environment: DocumentTests.environment)
            if let pipeline = read.pipeline {
                texts.append(("what is explained of \(origin)", PipelineExplanation(pipeline).text))
            }
        }
        return texts
    }

    /// A part of a file is tried as steps, below the steps that others are wired to, and as keys at the top.
    private static func forms(of block: String) -> [String] {
        let steps = block.split(separator: "\n").map { "  \($0)\n" }.joined()
        let tag = "version: 1\nname: example\nwith: { store: /srv/www/site }\nsteps:\n  - uses: git-tag\n"
        let hash = "  - { uses: hash, with: { source: public } }\n"
        return [block, tag + steps, tag + hash + steps, tag + hash + "  - uses: sync\n" + block]
    }

    /// The pipeline files below a folder, by their paths in the repository.
    private static func files(in root: FilePath) throws -> [String] {
        try ["pipelines", "Examples", "Tests", "bench"].flatMap { top in
            try FileManager.default.subpathsOfDirectory(atPath: root.appending(top).string)
                .filter { $0.hasSuffix(".yml") && !$0.contains(".build/") }.sorted().map { "\(top)/\($0)" }
        }
    }

    private static func isAccepted(_ text: String) -> Bool {
        PipelineReader(registry: DocumentTests.registry).read(
            bytes: Array(text.utf8), path: "a.yml", environment: DocumentTests.environment
        ).problems.allSatisfy { $0.severity == .warning || $0.code == .missingInput || $0.code == .unsetVariable }
    }

    /// Parts of files, as keys at the top or as steps, with what both the runner and the schema say of them.
    static let parts: [(verdict: Verdict, text: String)] = [
        (.valid, "- { uses: gzip, with: { source: a, level: \"9\", follow-links: \"true\", min-size: 512 } }"),
        (
            .valid,
            "- { uses: gzip, with: { source: a, level: \"${{ inputs.level }}\" }, timeout: \"${{ inputs.time }}\" }"
        ),
        (.valid, "- { uses: git-tag, rollback: \"${{ inputs.yes }}\", continue-on-error: \"${{ inputs.yes }}\" }"),
        (.valid, "- { uses: hash, with: { source: a, exclude: [\"${{ inputs.time }}/**\", \"[{]\", 404] } }"),
        (.valid, "- { uses: smoke, with: { url: \"https://a.example/\", status: [200, \"301-302\"] } }"),
        (.valid, "- { uses: release, with: { store: 2024 } }"),
        (.valid, "- { uses: log, if: \"${{ always() }}\" }"),
        (.valid, "- { uses: git-tag, if: true, env: { A: 1, B: , C: \"${{ inputs.time }}\" } }"),
        (.valid, "- { uses: exec, with: { run: \"cost $5 {{ a }}\" } }"),
        (
            .valid,
            "- { uses: git-tag, id: a }\n- { uses: log, if: \"steps.a.outputs.dirty != null && steps.a.outcome == 'success'\" }"
        ),
        (
            .valid,
            "- uses: exec\n  with: { run: \"echo version=1 >> $RUNNER_OUTPUT\", outputs: [version] }\n- { uses: sync, with: { store: a, source: b } }"
        ),
        (.valid, "- { uses: git-tag, rollback: { steps: [{ uses: prune, with: { store: a } }] } }"),
        (.refused, "- { uses: git-tag, rollback: { steps: [{ uses: prune }] } }"),
        (.refused, "- { uses: git-tag, rollback: { steps: [{ uses: git-tag, rollback: false }] } }"),
        (.refused, "- { uses: hash, with: { source: a } }\n- { uses: sync, with: { store: b } }"),
        (.refused, "- { uses: git-tag }\n- { uses: sync, with: { store: b } }"),
        (.refused, "- { uses: gzip }"),
        (.refused, "- { uses: smoke }"),
        (.refused, "- { uses: smoke, with: { checks: [] } }"),
        (.refused, "- { uses: smoke, with: { checks: [{ url: \"https://a.example/\" }], status: 200 } }"),
        (.refused, "- { uses: exec, with: { command: [make], shell: sh } }"),
        (.refused, "- { uses: exec, with: { run: \"echo ${{ env.A }}\" } }"),
        (.refused, "- { uses: wait }"),
        (.refused, "- { uses: wait, with: { duration: 5s, url: \"https://a.example/\" } }"),
        (.refused, "- { uses: wait, with: { duration: 0s } }"),
        (.refused, "- { uses: git-tag, timeout: 0s }"),
        (.refused, "- { uses: git-tag, timeout: 1.2.3s }"),
        (.refused, "- { uses: git-tag, timeout: \"${{ run.id }}\" }"),
        (.refused, "- { uses: git-tag, if: sucess() }"),
        (.refused, "- { uses: git-tag, if: \"github.ref == 'refs/heads/main'\" }"),
        (.refused, "- { uses: log, with: { message: \"${{ github.sha }}\" } }"),
        (.refused, "- { uses: log, with: { message: \"${{ steps.tag.version }}\" } }"),
        (.refused, "- { uses: hash, with: { source: a, include: [\"/a/**\"] } }"),
        (.refused, "- { uses: gzip, with: { source: a, min-size: 16 MB } }"),
        (.refused, "- { uses: release, with: { store: \"s3:bucket/site\" } }"),
        (.refused, "- { uses: release, with: { store: a, select: v1..2 } }"),
    ]

    /// In the order of `parts`; each part is in a file that declares the inputs which the parts name.
    @Test func partsAreJudgedAsTheRunnerJudgesThem() async throws {
        let top = """
            version: 1
            name: parts
            inputs:
              level: { type: integer, default: 5 }
              time: { type: string, default: 5m }
              yes: { type: boolean, default: true }
            steps:

            """
        let folder = try TemporaryFolder()
        for (index, part) in Self.parts.enumerated() {
            let text = top + part.text.split(separator: "\n").map { "  \($0)\n" }.joined()
            #expect(Self.isAccepted(text) == (part.verdict == .valid), "the runner of \(part.text)")
            try folder.write(text, to: "\(index).yml")
        }
        let verdicts = try await Self.verdicts(on: Self.parts.indices.map { folder["\($0).yml"] })
        for (part, verdict) in zip(Self.parts, verdicts) { #expect(verdict == part.verdict, "\(part.text)") }
    }

    /// What an option rule says to editors must be what `validate` says to whoever runs the file.
    @Test(arguments: DocumentTests.registry.names)
    func rulesNameOptions(_ name: String) throws {
        let kind = try #require(DocumentTests.registry[name])
        let options = Set(kind.options.map(\.name))
        for rule in kind.rules {
            switch rule {
            case .oneOf(let names):
                #expect(options.isSuperset(of: names))
                #expect(!Self.isAccepted("version: 1\nname: a\nsteps: [{ uses: \(name) }]\n"))
            case .excludes(let one, let others): #expect(options.isSuperset(of: others + [one]))
            case .notEmpty(let one): #expect(options.contains(one))
            }
        }
    }

    @Test func everyKeyIsDescribed() throws {
        let schema = try JSONDecoder().decode(Value.self, from: Data(PipelineSchema.json(DocumentTests.registry).utf8))
        var described = 0
        var empty: [String] = []
        Self.visit(schema, at: "") { path, key in
            if case .text(let text) = key.field("description"), !text.isEmpty {
                described += 1
            } else {
                empty.append(path)
            }
        }
        #expect(empty == [])
        #expect(described > 250)
        let uses = schema.field("definitions").field("step").field("properties").field("uses")
        guard case .list(let summaries) = uses.field("markdownEnumDescriptions") else {
            Issue.record("no kind is described")
            return
        }
        #expect(summaries == StandardSteps.all.map { .text($0.summary) })
    }

    /// Finds the keys that a schema declares. Conditions name keys too, and declare none.
    private static func visit(_ schema: Value, at path: String, _ found: (String, Value) -> Void) {
        guard case .object(let fields) = schema else { return }
        if case .object(let keys) = fields["properties"] {
            for (name, key) in keys where key != false {
                found("\(path)/\(name)", key)
                visit(key, at: "\(path)/\(name)", found)
            }
        }
        for case (let keyword, .object(let schemas)) in fields where keyword == "definitions" {
            for (name, inner) in schemas where !name.contains("need-of-") { visit(inner, at: "\(path)/\(name)", found) }
        }
        for keyword in ["items", "additionalProperties"] {
            if let inner = fields[keyword] { visit(inner, at: path, found) }
        }
        if case .list(let choices) = fields["anyOf"] { for choice in choices { visit(choice, at: path, found) } }
    }

    private static func verdicts(on files: [FilePath]) async throws -> [Verdict] {
        let folder = try TemporaryFolder()
        let printed = try await RunnerProcess(["schema"], in: folder.path, environment: [:]).end()
        try folder.write(printed.output, to: "schema.json")
        let python = DocumentTests.root.appending(".venv/bin/python3")
        let script = DocumentTests.root.appending("Tests/TestBed/pipelineschema.py")
        let lines = Recorder()
        let command = Command(
            python.string, [script.string, folder["schema.json"].string] + files.map(\.string), environment: [:],
            directory: folder.path)
        let status = try await SubprocessRunner(clock: SystemClock()).run(command) { lines.note($0.text) }
        #expect(status.isSuccess && lines.lines.count == files.count, "\(lines.lines)")
        return zip(files, lines.lines).compactMap { file, line in
            let parts = line.split(separator: "\t")
            #expect(parts.first.map(String.init) == file.lastComponent?.string)
            return parts.last.flatMap { Verdict(rawValue: String($0)) }
        }
    }
}

extension Value {
    fileprivate func field(_ key: String) -> Value {
        if case .object(let fields) = self { fields[key] ?? .null } else { .null }
    }
}
