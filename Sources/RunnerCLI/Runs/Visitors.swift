internal import PipelineKit

/// What visitors of one site have after a run or a way back, as far as its run knows.
struct Visitors: Hashable, Sendable {
    enum Change: Hashable, Sendable {
        /// They have something else than before.
        case changed(from: Deploy.Offer, to: Deploy.Offer)
        /// They have what they had; nil if the run does not know what that is.
        case same(Deploy.Offer?)
        /// It should have been taken from them, and that did not come to its end.
        case stuck(Deploy.Offer)
        /// They have what neither this run has given them, nor they had before it.
        case other(Deploy.Offer)
    }

    var site: Deploy.Site
    var change: Change
    /// Whether it is what a deploy had replaced, rather than a release that was wanted.
    var isBack = true
    /// Whether the pointer says so, and not only the run's journal.
    var isSeen = false

    var hasChanged: Bool { if case .changed = change { true } else { false } }
    var isStuck: Bool { if case .stuck = change { true } else { false } }

    /// After a deploy was taken back.
    ///
    /// - Parameters:
    ///   - deploy: as it was.
    ///   - now: as it is.
    ///   - live: what the pointers are at now.
    static func after(_ deploy: Deploy, takenBack now: Deploy, _ live: LiveSites = .unknown) -> [Visitors] {
        deploy.switches.map { made in
            if let has = live[made.site] { return seen(has, after: made) }
            guard made.isInPlace else { return Visitors(site: made.site, change: .same(made.before)) }
            let stays = now.switches.first { $0.step == made.step }?.isInPlace ?? true
            return Visitors(
                site: made.site,
                change: stays ? .stuck(made.offer) : .changed(from: made.offer, to: made.back ?? .nothing))
        }
    }

    /// After a switch should have been taken back.
    ///
    /// - Parameter made: as it was, with what its pointer was at.
    private static func seen(_ has: Deploy.Offer, after made: Deploy.Switch) -> Visitors {
        var visitors = Visitors(site: made.site, change: .same(has), isSeen: true)
        if made.isLive {
            visitors.change = has == made.offer ? .stuck(has) : .changed(from: made.offer, to: has)
        } else if made.isInPlace, made.now == nil {
            // Whether they had it until now is not known.
            visitors.change = has == made.before ? .same(has) : .other(has)
        }
        return visitors
    }

    /// After a run that should have brought a release.
    ///
    /// - Parameter live: what the pointers are at now.
    static func after(_ deploy: Deploy, _ live: LiveSites = .unknown) -> [Visitors] {
        zip(deploy.switches, journaled(deploy)).map { made, told in
            guard let has = live[made.site] else { return told }
            var visitors = told
            visitors.isSeen = true
            if has != told.now {
                visitors.change =
                    has == made.before ? .same(has) : has == made.offer ? .stuck(has) : .other(has)
            }
            return visitors
        }
    }

    /// What the journal alone tells.
    private static func journaled(_ deploy: Deploy) -> [Visitors] {
        deploy.switches.map { made in
            guard let before = made.before, made.isInPlace else {
                // A release that nobody had found good was there, and the run went back over it.
                if let before = made.before, let good = made.lastGood, made.hasGoneBack {
                    return Visitors(site: made.site, change: .changed(from: before, to: good))
                }
                let has = made.before ?? (deploy.hasSucceeded ? made.offer : nil)
                return Visitors(site: made.site, change: .same(has))
            }
            if before == made.offer {
                return Visitors(site: made.site, change: deploy.hasSucceeded ? .same(before) : .stuck(before))
            }
            return Visitors(
                site: made.site,
                change: deploy.hasSucceeded || made.isSure
                    ? .changed(from: before, to: made.offer) : .stuck(made.offer), isBack: false
            )
        }
    }

    /// What a rollback of the deploy would do.
    static func planned(_ deploy: Deploy) -> [Visitors] {
        deploy.switches.map { made in
            Visitors(
                site: made.site,
                change: made.isLive
                    ? .changed(from: made.offer, to: made.back ?? .nothing) : .same(made.now ?? made.before),
                isSeen: made.now != nil)
        }
    }

    /// What they have; nil if it is not known.
    private var now: Deploy.Offer? {
        switch change {
        case .changed(_, let now), .other(let now), .stuck(let now): now
        case .same(let now): now
        }
    }
}

extension Deploy.Switch {
    /// What it gives visitors.
    var offer: Deploy.Offer { version.map { .release($0) } ?? .path("") }
}

extension [Visitors] {
    var haveChanged: Bool { contains(where: \.hasChanged) }

    /// A line for each site, which is named if there are several.
    ///
    /// - Parameter isPlanned: whether nothing has been done yet.
    func lines(isPlanned: Bool = false) -> [String] {
        map { $0.line(isOneOfSeveral: count > 1, isPlanned) }
    }
}

extension Visitors {
    fileprivate func line(isOneOfSeveral: Bool, _ isPlanned: Bool) -> String {
        if case .changed(let before, let now) = change, !isBack, !isPlanned {
            return "\(now.text) is live at \(site.address ?? site.name) (before: \(before.text))"
        }
        return (isOneOfSeveral ? "visitors of \(site.name) " : "visitors ") + text(isPlanned)
    }

    private func text(_ isPlanned: Bool) -> String {
        let (have, then) = isPlanned ? ("would have", "now") : ("have", "before")
        switch change {
        case .changed(let before, .nothing): return "\(have) no release (\(then): \(before.text))"
        case .changed(let before, let now): return "\(have) \(now.text) again (\(then): \(before.text))"
        case .same(let offer?): return "\(have) \(offer.text), as \(then)"
        case .same(nil): return "\(have) what they had before"
        case .stuck(let offer): return "\(isSeen ? "still" : "may still") have \(offer.text)"
        case .other(let offer): return "\(have) \(offer.text), which is not of this run"
        }
    }
}
