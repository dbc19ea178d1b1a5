internal import Logging
public import PipelineKit
public import Releases

/// Which files two releases share while visitors go from one to the other.
public struct OverlapOptions: StepOptions {
    @Option("files whose names change with their content, by key") public var match: Glob
    @Option("how many earlier releases' files the new one gets, the live one first", check: .within(1...20))
    public var releases = 1

    public init() {}
}

extension SwitchOrigin {
    /// Shares files between the new release and earlier ones, before the pointer is written: from then on, pages of
    /// either release may ask for files of the other. It is never undone, since such pages may stay open for long;
    /// `prune` deletes the files with the release that they are in.
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
        if count > 0 {
            context.logger.info("\(CountText.text(count, "file")) of earlier releases added to \(new), for open pages")
        }
        if back > 0 {
            context.logger.info("\(CountText.text(back, "file")) of \(new) added to \(live), for open pages")
        }
    }

    /// The live release, and those that were live before it.
    private func earlier(_ count: Int, _ site: Site, live: ReleaseVersion) async throws -> [ReleaseVersion] {
        guard count > 1 else { return [live] }
        let history = try await site.store.history(of: site.pointer.record)
        let line = history.line(before: live).filter { $0 != options.version }
        return [live] + line.suffix(count - 1).reversed()
    }
}
