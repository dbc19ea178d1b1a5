/// Warns of a `switch-origin` that no `invalidate` follows: edges would go on serving what they have cached.
enum StaleEdges {
    static func check(_ drafts: [StepDraft], _ problems: ProblemList) {
        for (index, draft) in drafts.enumerated() where draft.kind.kind.name == "switch-origin" {
            guard !drafts[(index + 1)...].contains(where: { $0.kind.kind.name == "invalidate" }) else { continue }
            problems.warn(
                "no `invalidate` follows this `switch-origin`: edges may serve the old release until their copies expire",
                at: draft.mark, help: "add `- uses: invalidate` behind it")
        }
    }
}
