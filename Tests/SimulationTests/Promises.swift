import PipelineKit
import Synchronization

/// What must hold at every moment of a simulation, whatever happens: it looks at each change when it happens.
final class Promises: CloudWatcher {
    struct Switch: Sendable {
        var at: Duration
        var version: String?
        var process: String
    }

    private struct State {
        var switches: [Switch] = []
        /// The release of the last deploy that was found good, or that somebody went back to.
        var lastGood: String?
        /// When each process began and, if it has, ended.
        var times: [String: (began: Duration, ended: Duration?)] = [:]
    }

    private let cloud: SimulatedCloud
    private let trace: Trace
    private let state = Mutex(State())

    init(_ cloud: SimulatedCloud, _ trace: Trace) {
        (self.cloud, self.trace) = (cloud, trace)
        cloud.watch(self)
    }

    static let prefix = "site/releases/"

    /// - Returns: nil for the path of no release.
    static func version(of path: String) -> String? {
        path.hasPrefix("/" + prefix) ? String(path.dropFirst(prefix.count + 1)) : nil
    }

    var live: String? { Self.version(of: cloud.now.path) }
    private var elapsed: Duration { trace.thread.elapsed }

    // MARK: - Every change

    func hasSwitched(from before: String, to after: String, changesNothingElse: Bool, by process: String) {
        if !changesNothingElse { trace.violate("\(process) changed more of the distribution than the origin's path") }
        if before == after { return }
        state.withLock { $0.switches.append(Switch(at: elapsed, version: Self.version(of: after), process: process)) }
        trace.note("the pointer is at \(after)")
        guard after != "/old" else { return }
        guard let version = Self.version(of: after) else { return trace.violate("\(process) switched to \(after)") }
        for lack in lacks(of: version) { trace.violate("\(process) switched to \(version), which \(lack)") }
    }

    func hasChanged(_ key: String, from before: [UInt8]?, to after: [UInt8]?, by process: String) {
        guard key.hasPrefix(Self.prefix) else { return }
        let parts = key.dropFirst(Self.prefix.count).split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return }
        let now = cloud.now
        var served = [now.path]
        if now.deployedAt > elapsed { served.append(now.pathBefore) }
        let isServed = served.contains { Self.version(of: $0) == parts[0] }
        let right = Site.files(of: parts[0])[parts[1]].map { Array($0.utf8) }
        if isServed, after != right {
            trace.violate("\(process) \(after == nil ? "deleted" : "changed") \(key), which visitors have")
        }
        if after == nil, state.withLock(\.lastGood) == parts[0] {
            trace.violate("\(process) deleted \(key) of the last good release")
        }
    }

    /// In what a release differs from its site.
    func lacks(of version: String) -> [String] {
        let objects = cloud.now.objects
        let start = Self.prefix + version + "/"
        let files = Site.files(of: version)
        var lacks = files.sorted { $0.key < $1.key }.compactMap { name, text -> String? in
            guard let object = objects[start + name] else { return "lacks \(name)" }
            return object.bytes == Array(text.utf8) ? nil : "has another \(name)"
        }
        lacks += objects.keys.filter { $0.hasPrefix(start) && files[String($0.dropFirst(start.count))] == nil }.sorted()
            .map {
                "has \($0) as well"
            }
        return lacks
    }

    // MARK: - The end of a process

    func begins(_ process: String) { state.withLock { $0.times[process] = (elapsed, nil) } }

    /// - Parameters:
    ///   - version: of the release that it was about; nil if about none.
    ///   - checkFails: true if its check cannot pass.
    func ends(_ process: String, with exit: Int, about version: String?, checkFails: Bool = false) {
        let (switches, isAlone, lastGood) = state.withLock { state in
            let began = state.times[process]?.began ?? .zero
            state.times[process]?.ended = elapsed
            let others = state.times.filter { $0.key != process && ($0.value.ended ?? elapsed) >= began }
            return (state.switches, others.isEmpty, state.lastGood)
        }
        trace.note("\(process) ends with \(exit)")
        guard let version else { return }
        let mine = switches.last { $0.version == version }
        let live = self.live
        switch exit {
        case 0, 4:
            if exit == 0, checkFails { trace.violate("\(process) ends with 0, and its check fails") }
            if isAlone, live != version {
                trace.violate("\(process) ends with \(exit), and \(live ?? "nothing") is live")
            }
            guard let mine else { return trace.violate("\(process) ends with \(exit) without a switch to \(version)") }
            if exit == 0, !cloud.now.invalidations.contains(where: { $0.createdAt >= mine.at }) {
                trace.violate("\(process) ends with 0, and nothing was invalidated since the switch to \(version)")
            }
            if live == version { state.withLock { $0.lastGood = version } }
        case 3: break
        case 75:
            if switches.contains(where: { $0.process == process }) {
                trace.violate("\(process) ends with 75, and has switched")
            }
        default:
            if isAlone, live == version, lastGood != version {
                trace.violate("\(process) ends with \(exit), and \(version) is live")
            }
        }
    }

    /// For a way back, whose release is known only at its end.
    func endsGoingBack(_ process: String, with exit: Int) {
        trace.note("\(process) ends with \(exit)")
        state.withLock { $0.times[process]?.ended = elapsed }
        if exit == 0, let live { state.withLock { $0.lastGood = live } }
    }
}

/// The sites that are deployed.
enum Site {
    static func files(of version: String) -> [String: String] {
        [
            "index.html": "<html><body>\(version)</body></html>\n", "app.js": "release(\"\(version)\")\n",
            "style.css": "body { margin: 0 }\n", "docs/a.html": "<html>the same</html>\n",
        ]
    }
}
