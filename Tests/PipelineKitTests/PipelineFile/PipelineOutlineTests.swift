import PipelineKit
import Testing

@Suite struct PipelineOutlineTests {
    private func outline(_ text: String) -> PipelineOutline? { PipelineOutline(bytes: Array(text.utf8)) }

    /// Somebody may be in the middle of writing the file, and inputs have no values yet.
    @Test func inputsAreReadFromAWrongFile() throws {
        let found = try #require(
            outline(
                """
                version: 7
                inputs:
                  to: { enum: [a, b] }
                  count: { type: integer }
                  9: {}
                steps: soon
                """))
        #expect(found.inputs.map(\.name) == ["to", "count"])
        #expect(found.inputs[0].choices == ["a", "b"] && found.inputs[1].kind == .integer)
        #expect(outline("inputs: [") == nil && outline("- a") == nil && outline("") == nil)
    }

    @Test func anOptionIsTheFilesOrThatOfTheFirstStep() throws {
        let found = try #require(
            outline(
                """
                with: { store: /a, distribution: "${{ inputs.id }}" }
                steps:
                  - { uses: sync, with: { store: /b, url: one } }
                  - { uses: smoke, with: { url: two } }
                """))
        #expect(found.text(ofOption: "store") == "/a" && found.text(ofOption: "url") == "one")
        #expect(found.text(ofOption: "distribution") == nil && found.sets("distribution"))
        #expect(found.text(ofOption: "origin") == nil && !found.sets("origin"))
    }
}
