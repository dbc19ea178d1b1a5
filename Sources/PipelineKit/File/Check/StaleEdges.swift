/// Warns of a `switch-origin` that no `invalidate` follows: edges would go on serving what they have cached.
///
/// Where no distribution is named, there are no edges.
struct StaleEdges {
    let shared: [Node.Field]
    let problems: ProblemList

    func check(_ drafts: [StepDraft]) {
        for (index, draft) in drafts.enumerated() where draft.kind.kind.name == "switch-origin" && hasEdges(draft) {
            guard !drafts[(index + 1)...].contains(where: { $0.kind.kind.name == "invalidate" }) else { continue }
            problems.warn(
                "no `invalidate` follows this `switch-origin`: edges may serve the old release until their copies expire",
                at: draft.mark, help: "add `- uses: invalidate` behind it")
        }
    }

    private func hasEdges(_ draft: StepDraft) -> Bool {
        let option = "distribution"
        if draft.keys.with?[option] != nil { return true }
        return shared.contains { $0.key == option } && draft.kind.optionFields.contains { $0.name == option }
    }
}
