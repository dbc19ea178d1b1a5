/// Warns of a step whose kind expects another one after it, if none follows.
struct MissingFollowUp {
    let shared: [Node.Field]
    let problems: ProblemList

    func check(_ drafts: [StepDraft]) {
        for (index, draft) in drafts.enumerated() {
            // A later step whose kind is not known may be the one.
            guard let kind = draft.kind, let wanted = kind.followUp, has(wanted.option, draft),
                !drafts[(index + 1)...].contains(where: { $0.kind.map { $0.name == wanted.kind } ?? true })
            else { continue }
            problems.warn(
                "no `\(wanted.kind)` follows this `\(kind.name)`: \(wanted.otherwise)", at: draft.mark,
                help: "add `- uses: \(wanted.kind)` after it")
        }
    }

    private func has(_ option: String, _ draft: StepDraft) -> Bool {
        if draft.keys.with?[option] != nil { return true }
        return shared.contains { $0.key == option } && draft.kind?.options.contains { $0.name == option } == true
    }
}
