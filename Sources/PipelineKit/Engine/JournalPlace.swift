/// The place of a run's journal: the machine that the run is on.
///
/// `journal: local` asks for that. A folder store is on that machine as well. For a store elsewhere the option would
/// suggest a choice, but there is none as long as no store keeps journals. So it is refused there.
struct JournalPlace {
    let isLocal: Bool

    init(_ pipeline: Pipeline) {
        isLocal = pipeline.keepsJournalLocal
    }

    /// - Parameter stores: what the pipeline changes.
    /// - Returns: nil if the file does not ask for `journal: local`, or all stores are folders.
    func refusal(of stores: some Sequence<Resource>) -> StepError? {
        guard isLocal, let store = stores.first(where: { $0.scheme != "file" }) else { return nil }
        return StepError(
            "journal-place",
            "`journal: local` is for folder stores, and this pipeline writes to \(store): no store keeps journals yet, so "
                + "every run's journal is on its own machine anyway",
            help: "remove `journal`")
    }
}
