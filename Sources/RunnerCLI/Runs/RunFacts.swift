internal import FoundationEssentials
internal import PipelineKit
internal import SystemPackage

/// What `runs` and `show` tell of a run.
struct RunFacts {
    var id: String
    var state: RunState
    var history: RunHistory
    /// Its folder.
    var folder: String
    /// The path of its report, if there is one.
    var report: String?
    /// The sites whose visitors have what this run gave them.
    var live: [String] = []
    /// What to type next; nil if there is nothing to do, or its pipeline cannot be read.
    var next: RunClosing.Next?

    init(
        id: String, state: RunState, history: RunHistory, folder: String, report: String? = nil, live: [String] = []
    ) {
        (self.id, self.state, self.history) = (id, state, history)
        (self.folder, self.report, self.live) = (folder, report, live)
    }

    init(_ entry: RunArchive.Entry, live: [String: [String]] = [:]) {
        self.init(
            id: entry.id, state: entry.state, history: entry.history, folder: entry.path.string,
            report: entry.reportPath?.string, live: live[entry.id] ?? [])
    }

    /// Nil if it never began.
    var startedAt: Date? { history.started == nil ? nil : Date(journalText: history.startedAt) }

    /// Until it first came to an end: what came later, such as a rollback that somebody asked for, is told apart.
    var took: Duration? { history.parts.first?.duration }

    /// What came later, each with when it began; its time is nil if it has no end.
    var laterParts: [(began: String, took: Duration?)] { history.parts.dropFirst().map { ($0.began, $0.duration) } }

    /// Who began it, or the CI system if that names nobody.
    var who: String? { history.started.flatMap { $0.who ?? $0.ci?.name } }
}

extension RunHistory.Part {
    /// Nil while it has no end.
    fileprivate var duration: Duration? {
        guard let ended, let first = Date(journalText: began), let last = Date(journalText: ended) else { return nil }
        return .milliseconds(Int((last.timeIntervalSince(first) * 1_000).rounded()))
    }
}
