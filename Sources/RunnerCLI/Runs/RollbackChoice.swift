internal import PipelineKit
internal import SystemPackage

/// Decides from the journals which deploy a rollback is about, before anything is touched.
struct RollbackChoice {
    /// The newest first.
    let deploys: [Deploy]
    /// The user's, or the one that was named.
    let folder: FilePath
    /// The pipelines that were named; nil if none was.
    var pipelines: Set<NamedPipeline.Known>?

    enum Decision: Equatable {
        /// Undo it: visitors get what they had before it.
        case takeBack(Deploy)
        /// Its own rollback comes first: it was interrupted, or was rolled back in part.
        case finish(Deploy)
        /// Nothing tells which is meant.
        case choose([Deploy])
        case refuse(Refusal)
    }

    enum Refusal: Equatable {
        /// No run of a pipeline that switches is known here.
        case noDeploy
        /// Everything has been taken back.
        case nothingLive([Deploy.Site])
        /// Another deploy has come since.
        case replaced(Deploy, by: Deploy, at: Deploy.Site)
        /// Its pointer is at what no deploy that is known here has switched it to.
        case elsewhere(Deploy, Deploy.Offer, at: Deploy.Site)
    }

    /// The deploys of one site.
    struct Line: Equatable {
        var site: Deploy.Site
        /// The newest first.
        var deploys: [Deploy]

        /// The newest that is in place or unfinished.
        var current: Deploy? {
            deploys.first { $0.isUnfinished || $0.switch(of: site)?.isLive == true }
        }

        /// Whose switch visitors have.
        var live: Deploy? { deploys.first { $0.switch(of: site)?.isLive == true } }

        /// The one whose settings the next way back uses.
        var model: Deploy? { live ?? deploys.first(where: \.hasSucceeded) ?? deploys.first }

        /// False if no deploy ever went well there: that is no reason to ask which site is meant.
        var isSite: Bool { current != nil || deploys.contains(where: \.hasSucceeded) }
    }

    /// Decides on the newest deploy of the sites that the folder or the pipeline file tells.
    func newest() -> Decision {
        let (lines, isSure) = lines
        if lines.isEmpty { return .refuse(.noDeploy) }
        let current = Self.unique(lines.compactMap(\.current))
        guard let first = current.first else {
            return .refuse(lines.lazy.compactMap(Self.elsewhere).first ?? .nothingLive(lines.map(\.site)))
        }
        // If one of several sites has nothing left to take back, another one's deploy is not meant for that.
        guard isSure, lines.allSatisfy({ $0.current == first }) else { return .choose(current) }
        return decide(on: first)
    }

    /// Decides on one deploy.
    func decide(on deploy: Deploy) -> Decision {
        if deploy.isUnfinished { return .finish(deploy) }
        for made in deploy.switches where made.isInPlace {
            let line = allLines.first { $0.site.isSame(as: made.site) }
            if let live = line?.live, live != deploy { return .refuse(.replaced(deploy, by: live, at: made.site)) }
            if !made.isLive, let now = made.now { return .refuse(.elsewhere(deploy, now, at: made.site)) }
        }
        return .takeBack(deploy)
    }

    /// - Returns: nil if every deploy of the site was taken back.
    private static func elsewhere(_ line: Line) -> Refusal? {
        line.deploys.lazy.compactMap { deploy in
            guard let made = deploy.switch(of: line.site), made.isInPlace, let now = made.now else { return nil }
            return .elsewhere(deploy, now, at: line.site)
        }.first
    }

    /// Decides whose settings a switch to another release uses.
    func model() -> Decision {
        let (lines, isSure) = lines
        let models = Self.unique(lines.compactMap(\.model))
        guard let first = models.first else { return .refuse(.noDeploy) }
        return isSure && lines.allSatisfy { $0.model == first } ? .takeBack(first) : .choose(models)
    }

    /// The sites that are meant, and whether something tells so.
    private var lines: (lines: [Line], isSure: Bool) {
        let sites = allLines.filter(\.isSite)
        if let pipelines { return (sites.filter { $0.deploys.contains { pipelines.contains(.init($0)) } }, true) }
        let places = sites.map { line in
            let told = line.deploys.filter { !$0.isOwnFile }
            return (line: line, places: (told.isEmpty ? line.deploys : told).flatMap(\.places))
        }
        let inside = places.filter { $0.places.contains { $0.starts(with: folder) } }.map(\.line)
        if !inside.isEmpty { return (inside, true) }
        // Nobody goes up from one site's folder to mean another's: the nearest folder above decides.
        let around = places.compactMap { line, places -> (line: Line, depth: Int)? in
            places.filter { folder.starts(with: $0) }.map(\.components.count).max().map { (line, $0) }
        }
        guard let depth = around.map(\.depth).max() else { return (sites, false) }
        return (around.filter { $0.depth == depth }.map(\.line), true)
    }

    private var allLines: [Line] {
        var lines: [Line] = []
        for deploy in deploys {
            for made in deploy.switches {
                if let index = lines.firstIndex(where: { $0.site.isSame(as: made.site) }) {
                    if lines[index].deploys.last != deploy { lines[index].deploys.append(deploy) }
                } else {
                    lines.append(Line(site: made.site, deploys: [deploy]))
                }
            }
        }
        return lines
    }

    private static func unique(_ deploys: [Deploy]) -> [Deploy] {
        deploys.enumerated().filter { !deploys[..<$0.offset].contains($0.element) }.map(\.element)
    }
}
