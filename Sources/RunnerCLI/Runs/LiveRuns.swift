internal import PipelineKit

/// Which runs gave visitors what they have, as far as the journals of one project tell.
///
/// Another machine may have deployed since: only the store knows that.
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
                let isExpected = back.map { $0 == made.offer } ?? true
                if isExpected, made.isSure { live[deploy.run, default: []].append(made.site.name) }
                if let index { known[index].back = nil } else { known.append((made.site, nil)) }
            }
        }
        return live
    }
}
