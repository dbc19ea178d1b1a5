internal import Logging
internal import PipelineKit
internal import Releases

extension SwitchOrigin {
    /// Before the pointer is written: from then on pages of either release may ask for files of the other. It is never undone,
    /// for such pages may stay open for long; `prune` deletes the files with the release that they lie in.
    func shareOverlap(_ site: Site, live: ReleaseVersion?, _ context: StepContext) async throws {
        guard let overlap = options.overlap, let live, live != options.version else { return }
        if try await !site.store.isComplete(live) {
            context.logger.warning(
                """
                `overlap` shares no files with \(live), which has no manifest, so that open pages may miss some; type \
                `\(site.store.adoption(of: live))` before a deploy to give it one
                """)
        }
        try await context.leases.confirm(site.store.resource)
        let new = options.version
        var count = 0
        for earlier in try await earlier(overlap.releases, site, live: live) {
            count += try await site.store.shareFiles(overlap.match, from: earlier, into: new, in: context)
        }
        let back = try await site.store.shareFiles(overlap.match, from: new, into: live, in: context)
        context.logger.info("\(count) files of earlier releases are in \(new) as well, and \(back) of it in \(live)")
    }

    /// The live one, and those that were live before it.
    private func earlier(_ count: Int, _ site: Site, live: ReleaseVersion) async throws -> [ReleaseVersion] {
        guard count > 1 else { return [live] }
        let history = try await site.store.history(of: site.target.pointer)
        let line = history.line(before: live).filter { $0 != options.version }
        return [live] + line.suffix(count - 1).reversed()
    }
}
