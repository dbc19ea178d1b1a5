internal import Logging
public import PipelineKit
internal import Releases

extension Sync {
    public func rollback(to before: Before, in context: StepContext) async throws {
        let store = try await options.store.open(in: context)
        if options.keepFailed {
            context.noteRestored("\(options.version) stays in the store, as `keep-failed` says")
            return
        }
        if before.state == .complete, try await restored(store, context) {
            return context.noteRestored("\(options.version) is as it was")
        }
        guard try await isOwn(in: store, context) else {
            return try await store.removeStrays(of: options.version, in: context.folder)
        }
        if before.state == .complete {
            throw NotUndoable("its old content was overwritten, as `overwrite: true` asked, and is gone")
        }
        do {
            try await store.refuseIfPointedAt(
                options.version, to: "taken back", help: "point it at another release first", in: context)
        } catch {
            guard let heir = try await store.heir(of: options.version, after: context.run.id) else { throw error }
            return context.noteRestored("\(options.version) stays: visitors have it by \(heir.doer)")
        }
        do {
            let stays = try await store.retire(options.version, of: context.run.id, in: context)
            if let stays { context.logger.warning("\(stays)") }
            context.noteRestored("\(options.version) deleted\(stays == nil ? "" : ", but for what the warning names")")
        } catch let error as UnfinishedRetirement where error.retryClass == .failure {
            // Visitors get what they got before. Another attempt would fail again, and what remains does no harm.
            context.logger.warning("\(error.warning)")
        } catch let error as any DescribedError where error.retryClass == .conflict {
            // Another run may have taken it over since.
            if try await isOwn(in: store, context) { throw error }
        }
    }

    /// True if the release is this run's to take back, or gone. What another run made or took over stays.
    private func isOwn(in store: any ReleaseStore, _ context: StepContext) async throws -> Bool {
        let run = context.run.id
        try await store.abandon(options.version, of: run, in: context.folder)
        let header = try await store.headerOfUpload(options.version, in: context.folder)
        return header == nil || header?.runID == run
    }

    /// Restores the release that this run was going to overwrite, if the run ended before it touched it. True if it
    /// did.
    private func restored(_ store: any ReleaseStore, _ context: StepContext) async throws -> Bool {
        let (version, folder) = (options.version, context.folder)
        guard try await !store.isComplete(version),
            let header = try await store.headerOfUpload(version, in: folder), header.runID != context.run.id,
            try await store.isUntouched(version, in: folder)
        else { return false }
        try await store.move(.incoming(version), to: .manifest(of: version))
        return true
    }
}
