internal import Logging
internal import Synchronization

/// The rollback: undoes the steps that may have changed something, in reverse.
extension Execution {
    /// Rolls the steps back. If one rollback fails, earlier steps are not rolled back: what it left in place may depend
    /// on them.
    func rollBack() async {
        let pending = pendingRollbacks
        guard !pending.isEmpty else { return }
        events.emit(.phaseStarted(.rollback))
        for (step, _) in pending.reversed() { offerRestore(of: step) }
        defer { cancellation.withdrawRestores() }
        for (index, (step, record)) in pending.enumerated() {
            if let reason = reasonToLeave(step, record) {
                leave(step, because: reason, isFinal: true)
                continue
            }
            if isElsewhere, !canUndoElsewhere(step) {
                leave(step, because: "only a checkout of its project can undo it")
                continue
            }
            guard await !isTaken, await rollBack(step, record), await !isTaken else {
                for (step, _) in pending[(index + 1)...] {
                    await cancellation.settleRestore(of: step.id)
                    leave(step, because: "the rollback of a later step did not finish")
                }
                return
            }
        }
    }

    /// Notes every change that stays in place, without touching it.
    func leaveInPlace(because reason: String) {
        for (step, _) in pendingRollbacks { leave(step, because: reason) }
    }

    var hasSomethingToUndo: Bool { !pendingRollbacks.isEmpty }

    /// The steps that may need undoing, last one first.
    private var pendingRollbacks: [(step: PipelineStep, record: StepPrepared)] {
        history.toRollBack.compactMap { record in
            guard let step = pipeline.steps.first(where: { $0.id == record.step }), !isWaived(step, record) else {
                return nil
            }
            return (step, record)
        }
    }

    func before(in record: StepPrepared) throws -> StateBefore {
        StateBefore(json: try record.before(in: storage))
    }

    /// Offers a signal what it can restore at once of a step that is done. The rollbacks of the others keep their order.
    func offerRestore(of step: PipelineStep) {
        guard let record = history.prepared[step.id], record.effect == .reversible, case .own = step.rollback,
            !history.rolledBack.contains(step.id)
        else { return }
        do {
            var scope = try scope()
            scope.status = .success
            let ready = try ready(step, in: scope)
            guard let restore = try ready.restoreAtOnce?(before(in: record)) else { return }
            let context = try context(for: step, in: scope, lock: .rollback)
            // A process that continues a run may take the lease only when the step has its turn.
            guard pipeline.concurrency == .none || ready.resources.allSatisfy(context.leases.include) else { return }
            cancellation.offerRestore(of: step.id) { [masker] in
                do {
                    return try await restore(context).map(masker.mask)
                } catch {
                    // Its rollback comes in its turn, with its own retries, and tells what is wrong.
                    context.logger.info("it could not be restored at once: \(ErrorRecord(error).message)")
                    return nil
                }
            }
        } catch {
            // The same error would come from its rollback, which tells it.
        }
    }

    private func rollBack(_ step: PipelineStep, _ record: StepPrepared) async -> Bool {
        await cancellation.settleRestore(of: step.id)
        events.emit(.rollbackStarted(id: step.id, kind: step.kind.name))
        let began = services.clock.now
        do {
            let summary = try await undo(step, record)
            let duration = began.duration(to: services.clock.now)
            await recordIfPossible(
                .rolledBack(StepRolledBack(step: step.id, milliseconds: duration.inMilliseconds)))
            keepRollback(of: step)
            events.emit(.rollbackFinished(id: step.id, duration, error: nil, isFinal: false, summary: summary))
            return true
        } catch let error as NotUndoable {
            // A retry would not help, and earlier changes do not depend on this one.
            let record = masker.mask(ErrorRecord(error))
            leave(step, because: record.message, isFinal: true)
            let duration = began.duration(to: services.clock.now)
            events.emit(.rollbackFinished(id: step.id, duration, error: record, isFinal: true))
            return true
        } catch {
            let error = masker.mask(ErrorRecord((error as? StepFailed)?.cause ?? error))
            await recordIfPossible(.rollbackFailed(StepRollbackFailed(step: step.id, error: error)))
            leave(step, because: "its rollback failed: \(error.message)")
            let duration = began.duration(to: services.clock.now)
            events.emit(.rollbackFinished(id: step.id, duration, error: error, isFinal: false))
            return false
        }
    }

    /// - Returns: what the kind says of it.
    private func undo(_ step: PipelineStep, _ record: StepPrepared) async throws -> String? {
        // Expressions see the run as the step saw it, without a failure.
        var scope = try scope()
        scope.status = .success
        switch step.rollback {
        case .off: return nil
        case .own(let budget):
            var action = try await rollbackAction(step, in: scope)
            let restored = RestoredNote()
            action.context.noteRestored = { restored.set($0) }
            let before = try before(in: record)
            try await limited(step, budget) { [action] in
                try await action.attempt { try await action.ready.rollback(before, $0) }
            }
            return restored.value
        case .steps(let steps, let budget):
            var replacements: [RollbackAction] = []
            for replacement in steps where try replacement.condition.evaluate(in: scope) {
                replacements.append(try await rollbackAction(replacement, in: scope))
            }
            try await limited(step, budget) { [replacements] in
                for action in replacements {
                    let prepared = try await action.attempt { try await action.ready.look(in: $0) }
                    guard case .change(let before, _, _) = prepared else { continue }
                    _ = try await action.attempt { try await action.ready.run(before, $0) }
                }
            }
            return nil
        }
    }

    /// Runs everything that undoes one step, all attempts together, within one time limit.
    private func limited(
        _ step: PipelineStep, _ budget: Duration, _ work: @escaping @Sendable () async throws -> Void
    ) async throws {
        let subject = "the rollback of step `\(step.id)`"
        try await TimeLimited(limit: budget, clock: services.clock, subject: subject)(work)
    }

    /// Prepares the undoing of a step. In a new process its resources may be known only now, if its options depend on
    /// an earlier step.
    private func rollbackAction(_ step: PipelineStep, in scope: Scope) async throws -> RollbackAction {
        let ready = try ready(step, in: scope)
        let retrying = retrying(step, .rollback)
        try await retrying { _ in try await takeLeases(of: ready.resources, for: step, guarded: false) }
        let context = try context(for: step, in: scope, lock: .rollback)
        return RollbackAction(ready: ready, context: context, retrying: retrying)
    }

    /// Returns why a step's change cannot be undone, or nil if it can.
    private func reasonToLeave(_ step: PipelineStep, _ record: StepPrepared) -> String? {
        switch step.rollback {
        case .steps: nil
        case .off: record.effect == .reversible ? "`rollback: false` leaves it as it is" : nil
        case .own: record.effect == .irreversible ? "it had begun and cannot be undone" : nil
        }
    }

    /// True if the kind or the file says that there is nothing to undo.
    private func isWaived(_ step: PipelineStep, _ record: StepPrepared) -> Bool {
        switch step.rollback {
        case .off: record.effect != .reversible
        case .own: record.effect == .lasting
        case .steps: false
        }
    }
}

/// What undoes a step, or a part of it: the step itself, or one that replaces its rollback.
private struct RollbackAction: Sendable {
    let ready: BoundStep
    var context: StepContext
    let retrying: Retrying

    func attempt<Result: Sendable>(_ work: (StepContext) async throws -> Result) async throws -> Result {
        try await retrying { number in
            var context = context
            context.attempt = number
            return try await work(context)
        }
    }
}

/// What a rollback says that it has restored.
private final class RestoredNote: Sendable {
    private let text = Mutex<String?>(nil)

    func set(_ sentence: String) { text.withLock { $0 = sentence } }
    var value: String? { text.withLock(\.self) }
}
