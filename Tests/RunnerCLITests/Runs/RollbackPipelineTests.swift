@testable import PipelineKit
@testable import RunnerCLI
import StandardSteps
import SystemPackage
import Testing

/// The pipeline that makes another release live, as it is made from a deploy.
@Suite struct RollbackPipelineTests {
    private static let registry = StepRegistry(StandardSteps.all)
    private let reader = DeployReader(registry: registry, environment: ["SITE": "www"])

    /// A deploy of v3 over v2 that ended well.
    private func deploy(
        _ text: String, inputs: [String: Value] = [:], outputs: [String: [String: Value]] = [:],
        before: Value = ["previous": "v2"], skipped: [String] = [], file: FilePath = "/p/deploy.yml"
    ) throws -> DeployReader.Found {
        let bytes = Array(text.utf8)
        let given = inputs.mapValues(\.asText)
        let (read, problems) = PipelineReader(registry: Self.registry).read(
            bytes: bytes, path: file, inputs: given, environment: reader.environment)
        let pipeline = try #require(read, "\(problems)")
        var entries: [JournalEntry] = [
            .started(
                RunStarted(
                    runID: "run-3", pipeline: pipeline.name, file: file.string, digest: pipeline.digest, project: "/p",
                    inputs: inputs, secrets: [], runnerVersion: "0"))
        ]
        for step in pipeline.steps {
            if skipped.contains(step.id) {
                entries.append(
                    .finished(StepFinished(step: step.id, outcome: .skipped, attempts: 0, milliseconds: 0)))
                continue
            }
            if step.kind.name == "switch-origin" {
                entries.append(
                    .prepared(
                        StepPrepared(
                            step: step.id, effect: .reversible, before: Array(before.json.utf8), attachment: nil)))
            }
            entries.append(
                .finished(
                    StepFinished(
                        step: step.id, outcome: .success, outputs: outputs[step.id] ?? [:], attempts: 1, milliseconds: 1
                    )))
        }
        entries.append(.ended(RunEnded(outcome: .success, exitCode: 0)))
        let records = entries.enumerated().map {
            JournalRecord(sequence: $0.offset + 1, time: "2026-01-01T00:00:00.000Z", entry: $0.element)
        }
        let entry = RunArchive.Entry(id: "run-3", path: file.removingLastComponent(), history: RunHistory(records))
        return try #require(reader.read(entry, of: pipeline))
    }

    /// Makes the pipeline, and reads it as a run does.
    private func made(
        _ found: DeployReader.Found, to selection: String = "v1"
    ) throws -> (pipeline: Pipeline, notes: [String], text: String) {
        let made = try RollbackPipeline(to: selection, from: found, registry: Self.registry)
        let (pipeline, problems) = PipelineReader(registry: Self.registry).read(
            bytes: Array(made.text.utf8), path: "/r/pipeline.yml")
        #expect(problems.map(\.message) == [])
        return (try #require(pipeline), made.notes, made.text)
    }

    /// What a step's options are when its turn has come, and `target` has found v1.
    private func options(_ id: String, of pipeline: Pipeline, secrets: [String: String] = [:]) throws -> Value {
        var scope = try pipeline.scope(runID: "run-4", secrets: secrets, environment: ["SITE": "www"])
        scope.steps["target"] = .init(outcome: .success, outputs: ["version": "v1", "commit": "c1"])
        let step = try #require((pipeline.steps + pipeline.finally).first { $0.id == id })
        return try step.expandedOptions(in: scope).expandedValue(in: scope)
    }

    private func contains(of pipeline: Pipeline) throws -> String? {
        guard case .object(let fields) = try options("look", of: pipeline) else { return nil }
        return fields["contains"]?.asText
    }

    private static func text(_ smoke: String, with: String = "store: site", top: String = "") -> String {
        """
        version: 1
        name: my site
        inputs:
          release: { type: string, default: v3 }
          url: { type: string, default: "http://localhost/" }
        \(top)
        with: { \(with) }
        steps:
          - { id: list, uses: hash, with: { source: public } }
          - { id: upload, uses: sync, with: { version: "${{ inputs.release }}" } }
          - { id: switch, uses: switch-origin }
        \(smoke)
        """
    }

    private static let uploaded: [String: [String: Value]] = ["upload": ["version": "v3", "files": 7]]

    @Test func aFolderStore() throws {
        let found = try deploy(
            Self.text(
                "  - { id: see, uses: smoke, with: { url: '${{ inputs.url }}' } }", with: "store: site, current: www"),
            outputs: Self.uploaded)
        let (pipeline, notes, _) = try made(found)
        #expect(pipeline.name == "my site rollback")
        #expect(
            pipeline.steps.map { "\($0.id) \($0.kind.name)" }
                == ["target release", "switch switch-origin", "look smoke"])
        #expect(pipeline.finally.map { "\($0.id) \($0.kind.name)" } == ["record log"])
        #expect(try options("target", of: pipeline) == ["store": "site", "current": "www", "select": "v1"])
        #expect(
            try options("switch", of: pipeline)
                == ["store": "site", "current": "www", "version": "v1", "commit": "c1", "allow-older": "true"])
        #expect(try options("look", of: pipeline) == ["url": "http://localhost/", "store": "site", "version": "v1"])
        #expect(try options("record", of: pipeline) == ["store": "site", "version": "v1", "message": "back to v1"])
        #expect(notes == [])
        #expect(pipeline.inputs.isEmpty && pipeline.secrets.isEmpty)
    }

    @Test func aBucketAndADistribution() throws {
        let text = """
            version: 1
            name: bucket
            with: { store: "s3://bucket/site", distribution: "E1${{ env.SITE }}" }
            steps:
              - { uses: git-tag }
              - { uses: hash, with: { source: public } }
              - uses: sync
              - id: switch
                uses: switch-origin
                with: { overlap: { match: "assets/**" }, wait: false }
                rollback: { timeout: 20m }
              - { uses: invalidate, with: { paths: ["/a", "/b/*"], wait: false }, timeout: 50m }
              - { uses: smoke, with: { url: "http://localhost/", manifest: sample } }
            """
        let tagged: [String: Value] = ["version": "v3", "commit": "c3"]
        let outputs = ["git-tag-1": tagged, "sync-1": tagged]
        let before: Value = ["previous": "v2", "path": "/site/releases/v2", "origin": "site"]
        let found = try deploy(text, outputs: outputs, before: before)
        let way = try made(found, to: "previous")
        let pipeline = way.pipeline
        #expect(pipeline.steps.map { $0.kind.name } == ["release", "switch-origin", "invalidate", "smoke"])
        let target: Value = [
            "store": "s3://bucket/site", "distribution": "E1www", "origin": "site", "select": "previous",
        ]
        #expect(try options("target", of: pipeline) == target)
        let switching: Value = [
            "store": "s3://bucket/site", "distribution": "E1www", "origin": "site", "overlap": ["match": "assets/**"],
            "version": "v1", "commit": "c1", "allow-older": "true",
        ]
        #expect(try options("switch", of: pipeline) == switching)
        // An edge may still have the release that is left: nothing is dropped before every edge has the other one.
        #expect(try options("caches", of: pipeline) == ["distribution": "E1www", "paths": ["/a", "/b/*"]])
        #expect(way.text.contains("\n    timeout: 50m\n"), "\(way.text)")
        #expect(way.text.contains("\n    rollback: { timeout: 20m }\n"), "\(way.text)")
        let checks: Value = [
            "url": "http://localhost/", "manifest": "sample", "store": "s3://bucket/site", "version": "v1",
        ]
        #expect(try options("look", of: pipeline) == checks)
    }

    /// However a check refers to the deploy's version or commit, the way back uses those of the other release.
    @Test(arguments: [
        ("${{ inputs.release }}", "v1"), ("${{ steps.upload.outputs.version }}", "v1"), ("v3", "v1"),
        ("release ${{ inputs.release }}.", "release v1."), ("${{ steps.tag.outputs.commit }}", "c1"),
        ("${{ vars.label }}", "label v1"), ("v3/v3-v3 v3", "v1/v3-v3 v1"), ("v30", "v30"), ("text", "text"),
    ])
    func theVersionOfACheck(written: String, expected: String) throws {
        let found = try deploy(
            Self.text(
                "  - { id: see, uses: smoke, with: { url: 'http://localhost/', contains: '\(written)' } }",
                top: "vars: { label: 'label ${{ inputs.release }}' }"
            ).replacing("steps:\n", with: "steps:\n  - { id: tag, uses: git-tag }\n"),
            outputs: Self.uploaded.merging(["tag": ["version": "v3", "commit": "c3"]]) { $1 })
        let (pipeline, notes, _) = try made(found)
        #expect(try contains(of: pipeline) == expected)
        #expect(notes == [])
    }

    @Test func whatOnlyTheLiveReleaseHasIsLeftOut() throws {
        let found = try deploy(
            Self.text(
                """
                  - { id: count, uses: smoke, with: { url: "http://localhost/", contains: "${{ steps.upload.outputs.files }}" } }
                  - { id: place, uses: smoke, with: { url: "http://localhost/${{ steps.upload.outputs.files }}" } }
                """), outputs: Self.uploaded)
        let (pipeline, notes, _) = try made(found)
        #expect(try options("look", of: pipeline) == ["url": "http://localhost/7", "store": "site", "version": "v1"])
        #expect(pipeline.steps.count == 3)
        #expect(
            notes == [
                "the step `count` is left out: what it checks depends on `steps.upload.outputs.files`, which is known of the "
                    + "live release alone"
            ])
    }

    @Test func aSecretStaysAReference() throws {
        let found = try deploy(
            Self.text(
                """
                  - id: see
                    uses: smoke
                    with:
                      url: "http://localhost/"
                      request-headers: { authorization: "Bearer ${{ secrets.token }} of ${{ vars.who }}" }
                """,
                top: """
                    secrets: { token: { env: TOKEN }, other: { env: OTHER } }
                    vars: { name: "${{ inputs.url }}", who: "me at ${{ vars.name }}", unused: x }
                    """), outputs: Self.uploaded)
        let (pipeline, notes, text) = try made(found)
        #expect(pipeline.secrets.map(\.name) == ["token"])
        #expect(pipeline.variables.map(\.name) == ["name", "who"])
        #expect(pipeline.inputs.map(\.name) == ["url"])
        #expect(text.contains("${{ secrets.token }}"))
        let options = try options("look", of: pipeline, secrets: ["token": "t"])
        #expect(
            options == [
                "url": "http://localhost/", "store": "site", "version": "v1",
                "request-headers": ["authorization": "Bearer t of me at http://localhost/"],
            ])
        #expect(notes == [])
    }

    @Test func aStepThatTheDeploySkippedIsSkipped() throws {
        let found = try deploy(
            Self.text("  - { id: see, uses: smoke, if: inputs.url == '', with: { url: 'http://localhost/' } }"),
            outputs: Self.uploaded, skipped: ["see"])
        let (pipeline, notes, _) = try made(found)
        #expect(pipeline.steps.map(\.id) == ["target", "switch"])
        #expect(notes == ["the deploy has no `smoke` step that fits, so nothing checks what visitors get"])
    }

    /// A value from an input is not evaluated as an expression.
    @Test func aValueIsNotReadAgain() throws {
        let odd = "a ${{ secrets.x }} 'b' \"c\" # d: e\\"
        let found = try deploy(
            Self.text(
                "  - { id: see, uses: smoke, with: { url: 'http://localhost/', contains: '${{ inputs.url }}' } }"),
            inputs: ["url": .text(odd), "release": "v3"], outputs: Self.uploaded)
        let (pipeline, _, _) = try made(found)
        #expect(try contains(of: pipeline) == odd)
    }

    /// Text that looks like a number or a word stays text.
    @Test func quotesStay() throws {
        let found = try deploy(
            Self.text(
                "  - { id: see, uses: smoke, with: { url: 'http://localhost/', headers: { x-a: 'absent', x-b: absent } } }"
            ),
            outputs: Self.uploaded)
        let (_, _, text) = try made(found)
        #expect(text.contains("headers: { x-a: \"absent\", x-b: absent }"), "\(text)")
    }

    @Test func aWayBackFromAWayBackHasTheSameName() throws {
        let first = try made(try deploy(Self.text(""), outputs: Self.uploaded))
        let found = try deploy(
            first.text, outputs: ["target": ["version": "v3"]], file: "/p/.runner/runs/run-3/pipeline.yml")
        let second = try made(found, to: "v1")
        #expect(found.deploy.isOwnFile && second.pipeline.name == "my site rollback")
        #expect(
            second.text.dropFirst(60).hasSuffix(
                first.text.split(separator: "\n").dropFirst().joined(separator: "\n") + "\n"))
    }

    @Test func everySwitchOfADeployGoesBack() throws {
        let text = """
            version: 1
            name: two
            with: { store: site, version: v3 }
            steps:
              - { id: one, uses: switch-origin, with: { current: one } }
              - { id: two, uses: switch-origin, with: { current: two } }
            """
        let (pipeline, _, _) = try made(try deploy(text))
        #expect(pipeline.steps.map(\.id) == ["target", "switch", "target-2", "switch-2"])
        #expect(try options("target-2", of: pipeline) == ["store": "site", "current": "two", "select": "v1"])
    }
}
