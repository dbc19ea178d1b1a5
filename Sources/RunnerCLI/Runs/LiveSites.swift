internal import AWS
internal import HTTP
internal import PipelineKit
internal import Releases
internal import Synchronization

/// What visitors really have, and which stores are on hold, as the pointers and stores say: a journal knows only what its
/// own run has done.
struct LiveSites: Sendable {
    private var offers: [(site: Deploy.Site, offer: Deploy.Offer)] = []
    /// By the store's URL.
    private(set) var holds: [String: Hold] = [:]

    /// Nothing has been looked at, or nothing has answered.
    static let unknown = LiveSites()

    init(_ offers: [(site: Deploy.Site, offer: Deploy.Offer)] = [], holds: [String: Hold] = [:]) {
        (self.offers, self.holds) = (offers, holds)
    }

    /// What visitors of a site have; nil if that is not known.
    subscript(site: Deploy.Site) -> Deploy.Offer? { offers.first { $0.site.isSame(as: site) }?.offer }

    /// Looks at sites, each once and all at the same time. What does not answer in time stays unknown.
    static func look(
        at sites: some Sequence<Deploy.Site>, _ visit: StoreVisit, within limit: Duration = .seconds(10)
    ) async -> LiveSites {
        var wanted: [Deploy.Site] = []
        for site in sites where !wanted.contains(where: { $0.isSame(as: site) }) { wanted.append(site) }
        guard !wanted.isEmpty else { return .unknown }
        let found = try? await visit("look") { [wanted] context in
            await wanted.concurrentResults { site in try await look(at: site, in: context, within: limit) }
        }
        var live = LiveSites()
        for (site, look) in zip(wanted, found ?? []) {
            guard let look = try? look.get() else { continue }
            if let offer = look.offer { live.offers.append((site, offer)) }
            if let hold = look.hold { live.holds[site.store] = hold }
        }
        return live
    }

    private struct Look: Sendable {
        var offer: Deploy.Offer?
        var hold: Hold?
    }

    private static func look(at site: Deploy.Site, in context: StepContext, within limit: Duration) async throws -> Look
    {
        // A store whose name only the run knew is text that is no URL.
        let url = try StoreURL(site.store)
        return await withTaskGroup(of: Look?.self) { group in
            group.addTask {
                guard let store = try? await url.open(in: context) else { return Look() }
                async let hold = try? await store.hold()
                let selection = PointerSelection(
                    url, distribution: url.isFolder ? nil : try? DistributionID(site.pointer), origin: site.origin,
                    link: site.pointer)
                let state = try? await selection.find(of: store, in: context).state()
                return Look(offer: state.map(Deploy.Offer.init), hold: await hold ?? nil)
            }
            group.addTask {
                try? await context.clock.sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? Look()
        }
    }
}

extension Deploy.Offer {
    fileprivate init(_ state: PointerState) {
        if let version = state.version {
            self = .release(version.name)
        } else if let path = state.path ?? state.link?.description {
            self = .path(path)
        } else {
            self = .nothing
        }
    }
}

extension LiveSites {
    /// A sentence for each store that is on hold, with what to type.
    var holdLines: [String] {
        holds.sorted { $0.key < $1.key }.map { store, hold in
            "\(store) is on hold \(hold.sentence); to let deploys continue: "
                + "`\(ProgramName.current) unhold \(ShellWord.quoted(store))`"
        }
    }
}

/// What a run has found at its end, for everything that tells of it.
final class LiveSitesAtEnd: Sendable {
    private let sites = Mutex(LiveSites.unknown)

    var value: LiveSites {
        get { sites.withLock(\.self) }
    }

    func set(_ live: LiveSites) { sites.withLock { $0 = live } }
}
