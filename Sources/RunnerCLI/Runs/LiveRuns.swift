internal import PipelineKit

/// Which runs gave visitors what they have: as the pointers say, or as far as the journals of one project tell.
enum LiveRuns {
    /// - Parameter deploys: the newest first.
    /// - Returns: the sites that each run has switched, by its id; sites for people.
    static func sites(of deploys: [Deploy]) -> [String: [String]] {
        var live: [String: [String]] = [:]
        // For each site, what a newer run went back to; nil once it is known, or cannot be.
        var known: [(site: Deploy.Site, back: Deploy.Offer?)] = []
        for deploy in deploys {
            for made in deploy.switches {
                let index = known.firstIndex { $0.site.isSame(as: made.site) }
                let back = index.map { known[$0].back }
                // A newer run has decided.
                if case .some(nil) = back { continue }
                guard made.isInPlace else {
                    if index == nil, let back = made.back { known.append((made.site, back)) }
                    continue
                }
                // The pointer decides, and not what was done last.
                if made.now != nil, !made.isLive { continue }
                let isExpected = made.now != nil || back.map { $0 == made.offer } ?? true
                if isExpected, made.isSure { live[deploy.run, default: []].append(made.site.name) }
                if let index { known[index].back = nil } else { known.append((made.site, nil)) }
            }
        }
        return live
    }
}

extension RunArchive {
    /// The sites whose visitors have what a run gave them, by the run's id.
    ///
    /// - Parameters:
    ///   - entries: all runs.
    ///   - store: if it is given, only its pointers are asked: the runs are from there, and what they say of other places
    ///     anybody may have written.
    /// - Returns: them, and what the pointers are at.
    func live(
        among entries: [Entry], of store: String? = nil, in context: CommandContext
    ) async -> (runs: [String: [String]], found: LiveSites) {
        let reader = DeployReader(registry: context.registry, environment: context.environment)
        var deploys = reader.deploys(among: entries).map(\.deploy)
        let visit = StoreVisit(context: context, project: Project(folder: context.currentFolder), state: state)
        // Nobody waits long for a list.
        let sites = deploys.flatMap(\.switches).map(\.site).filter { store == nil || $0.store == store }
        let found = await LiveSites.look(at: sites, visit, within: .seconds(2))
        for index in deploys.indices { deploys[index].note(found) }
        return (LiveRuns.sites(of: deploys), found)
    }
}
