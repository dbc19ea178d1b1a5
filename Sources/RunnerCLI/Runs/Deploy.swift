internal import PipelineKit
internal import SystemPackage

/// A run whose pipeline switches visitors to a release, read from its journal and its copy of the pipeline file.
struct Deploy: Hashable, Sendable {
    var run: String
    /// The pipeline's name.
    var pipeline: String
    var file: FilePath
    var project: FilePath
    /// Whether `file` is the run's own copy: the runner made the pipeline, and no file of the user's describes it.
    var isOwnFile = false
    /// When it began to switch, or began if it did not come so far, ISO 8601 in UTC.
    var time: String
    /// Whether it was interrupted, is running, or has a rollback that did not finish.
    var isUnfinished = false
    /// Whether it has ended well, even if it was taken back later.
    var hasSucceeded = true
    var switches: [Switch]

    /// One step that switches.
    struct Switch: Hashable, Sendable {
        var step: String
        var site: Site
        /// Nil if that depends on a step that did not end.
        var version: String?
        /// What visitors had; nil if the step did not come so far.
        var before: Offer?
        /// The last good release, if nobody had found good what visitors had: a rollback goes there instead.
        var lastGood: Offer?
        /// What taking it back gives visitors.
        var back: Offer? { lastGood ?? before }
        /// Whether visitors have what the step gave them, as far as this run knows.
        var isInPlace = true
        /// Whether its rollback is done.
        var hasGoneBack = false
        /// Whether the journal has the step's end, and no rollback of it has failed.
        var isSure = false
        /// What visitors have now, as the pointer says; nil if nobody has looked.
        var now: Offer?

        /// Whether visitors have what the step gave them: as the pointer says, or else as far as this run knows.
        var isLive: Bool { isInPlace && (now ?? offer) == offer }
    }

    /// What visitors get at one address.
    struct Site: Hashable, Sendable {
        /// The store's URL.
        var store: String
        /// The link's name, or the distribution's id.
        var pointer: String
        /// The id of the distribution's origin; nil if that is not known, or for a link.
        var origin: String?
        /// For people.
        var name: String
        /// The URL at which the run has checked the site; nil if it checked none, or several.
        var address: String?

        func isSame(as other: Site) -> Bool {
            store == other.store && pointer == other.pointer
                && (origin == other.origin || origin == nil || other.origin == nil)
        }
    }

    /// What visitors get, or got.
    enum Offer: Hashable, Sendable {
        case release(String)
        /// What another tool has put there, by its path.
        case path(String)
        case nothing

        var text: String {
            switch self {
            case .release(let version): version
            case .path(""): "what is at the top of the bucket"
            case .path(let path): "what is at `\(path)`"
            case .nothing: "no release"
            }
        }
    }

    /// Adds what the pointers are at.
    mutating func note(_ live: LiveSites) {
        for index in switches.indices { switches[index].now = live[switches[index].site] }
    }

    func `switch`(of site: Site) -> Switch? { switches.first { $0.site.isSame(as: site) } }

    /// The folders that the deploy belongs to: that of its pipeline file, or the one above if that is named `pipelines`,
    /// and the project. If one of the two is inside the other, only the inner one counts.
    var places: [FilePath] {
        if isOwnFile { return [project] }
        var home = file.removingLastComponent()
        if home.lastComponent?.string == "pipelines" { home.removeLastComponent() }
        if home.starts(with: project) { return [home] }
        return project.starts(with: home) ? [project] : [home, project]
    }
}
