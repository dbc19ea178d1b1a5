internal import PipelineKit
internal import SystemPackage

/// How a run has left visitors, and what to type next. It is read from the run's journal, so that the last lines of a
/// run, a page about it and a report say the same.
struct RunClosing: Hashable, Sendable {
    /// A command, and what it is for.
    struct Next: Hashable, Sendable {
        /// Such as `to take it back`.
        var purpose: String
        var command: String

        var text: String { "\(purpose): \(command)" }
    }

    /// Empty if the run switches nothing.
    var visitors: [Visitors] = []
    /// Nil if there is nothing to do.
    var next: Next?

    init(visitors: [Visitors], next: Next?) {
        self.visitors = visitors
        self.next = next
    }

    /// - Parameters:
    ///   - entry: the run, as its journal is now.
    ///   - pipeline: as it was when the run began.
    ///   - isAtWork: whether a process has the run, and will end it.
    ///   - live: what the pointers are at now.
    ///   - isAlone: whether all runs are of the same file: then no command needs an id to find the newest deploy.
    init(
        of entry: RunArchive.Entry, _ pipeline: Pipeline, _ reader: DeployReader, _ commands: RunCommandLine,
        live: LiveSites = .unknown, isAtWork: Bool = false, isAlone: @autoclosure () -> Bool
    ) {
        let history = entry.history
        if let deploy = reader.read(entry, of: pipeline)?.deploy { visitors = Visitors.after(deploy, live) }
        guard !isAtWork else { return }
        if commands.isOfStore {
            if history.isUnfinished { next = Next(purpose: "to finish it", command: commands.recover) }
            return
        }
        next =
            switch history.state {
            case .succeeded where visitors.haveChanged:
                Next(
                    purpose: "to take it back",
                    command: isAlone() ? commands.rollback : commands.rollback(entry.id))
            case .unfinished: Next(purpose: "to do what is missing", command: commands.resume(entry.id))
            case .interrupted: Next(purpose: "to finish it", command: commands.recover)
            case .stuck where Self.canUndoMore(history, pipeline):
                Next(purpose: "when the reason is gone", command: commands.rollback(entry.id))
            case .stuck: Next(purpose: "what was done", command: commands.show(entry.id))
            case .succeeded, .failed, .rolledBack, .notStarted, .atWork: nil
            }
    }

    /// Whether another rollback can undo what is left.
    private static func canUndoMore(_ history: RunHistory, _ pipeline: Pipeline) -> Bool {
        if history.rollbackFailed != nil { return true }
        return history.toRollBack.contains { record in
            switch pipeline.step(record.step)?.rollback {
            case .own: record.effect == .reversible
            case .steps: true
            case .off, nil: false
            }
        }
    }
}

extension RunArchive {
    /// Whether the newest runs are all of one pipeline file.
    func hasOnly(runsOf file: String?) -> Bool {
        let newest = (try? state.runIDs())?.prefix(50) ?? []
        return newest.allSatisfy { id in
            let started = (try? entry(id))?.history.started
            return started == nil || started?.file == file
        }
    }
}
