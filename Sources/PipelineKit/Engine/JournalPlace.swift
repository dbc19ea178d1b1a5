/// Where a run's journal is kept: on the machine that it runs on.
///
/// `journal: local` asks for that. A folder store is on that machine as well. For a store elsewhere it would promise that the
/// choice has a meaning there, and it has none as long as no store keeps journals: so it is refused.
struct JournalPlace {
    let isLocal: Bool

    init(_ pipeline: Pipeline) {
        isLocal = pipeline.keepsJournalLocal
    }

    /// - Parameter stores: what the pipeline changes.
    /// - Returns: nil if the file asks for nothing that does not hold.
    func refusal(of stores: some Sequence<Resource>) -> StepError? {
        guard isLocal, let store = stores.first(where: { $0.scheme != "file" }) else { return nil }
        return StepError(
            "journal-place",
            "`journal: local` is for folder stores, and this pipeline writes to \(store): no store keeps journals yet, so "
                + "that every run's is on its own machine in any case",
            help: "take `journal` out")
    }
}
