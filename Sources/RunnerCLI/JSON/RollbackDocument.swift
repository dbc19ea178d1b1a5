internal import PipelineKit

extension JSONDocument {
    /// What visitors have after `runner rollback`, or would have.
    ///
    /// - Parameters:
    ///   - run: the one that was taken back, or that went to another release; nil if nothing was done.
    ///   - steps: those that are undone, in this order.
    static func rollback(
        _ visitors: [Visitors], run: String?, isDryRun: Bool, steps: [String], exit: Exit
    ) -> JSONDocument {
        JSONDocument(
            schema: "runner.rollback/1", type: "rollback",
            fields: [
                "run": .text(run), "dry-run": .bool(isDryRun), "steps": .list(steps.map { .text($0) }),
                "exit-code": .integer(exit.rawValue), "visitors": .list(visitors.map(\.document)),
            ])
    }
}

extension Visitors {
    fileprivate var document: Value {
        let (before, now): (Deploy.Offer?, Deploy.Offer?) =
            switch change {
            case .changed(let before, let now): (before, now)
            case .same(let offer): (offer, offer)
            case .stuck(let offer): (offer, offer)
            case .other(let offer): (nil, offer)
            }
        return [
            "site": .text(SanitizedText.clean(site.name)), "store": .text(SanitizedText.clean(site.store)),
            "changed": .bool(hasChanged),
            "before": before?.document ?? .null, "now": now?.document ?? .null,
        ]
    }
}

extension Deploy.Offer {
    fileprivate var document: Value {
        switch self {
        case .release(let version): ["release": .text(version), "path": .null]
        case .path(let path): ["release": .null, "path": .text(SanitizedText.clean(path))]
        case .nothing: ["release": .null, "path": .null]
        }
    }
}
