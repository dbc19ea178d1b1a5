import PipelineKit
import Releases
import TestSupport
import Testing

/// Deploys, ways back and forward, failures and prunes in random orders. "The one before" is checked against what
/// happened.
@Suite struct RandomDeploymentTests {
    @Test(arguments: [true, false]) func goingBackIsRightInEveryOrder(saysWhenMade: Bool) throws {
        var random = SeededRandom(seed: saysWhenMade ? 7 : 11)
        var (ways, longest, kinds) = (0, 0, Set<Site.Act>())
        for number in 0..<5_000 {
            var site = Site(saysWhenMade: saysWhenMade)
            for _ in 0..<Int.random(in: 1...24, using: &random) { kinds.insert(try site.act(&random)) }
            let told = "order \(number):\n\(site.story.joined(separator: "\n"))"
            // The way back, release by release, to its end.
            var visited = [site.live].compactMap(\.self)
            while true {
                let expected = site.previous
                let found = try site.history.lastGood(before: site.live?.version, among: site.stored)
                try #require(found == expected?.version, "\(told)\nbefore \(site.live?.name ?? "nothing")")
                guard let expected else { break }
                try #require(!visited.contains(expected), "\(told)\ncomes by \(expected.name) again")
                visited.append(expected)
                site.switchTo(expected)
            }
            ways += visited.count - 1
            longest = max(longest, visited.count - 1)
        }
        // The orders cover enough: every act happens, and some ways back are long.
        #expect(kinds.count == Site.Act.allCases.count)
        #expect(ways > 4_000 && longest >= 6)
    }
}

/// A site as an observer sees it, and the records that its runner writes.
private struct Site {
    enum Act: CaseIterable {
        case deployNew, deployUnderOldName, deployAgain, make, failNew, failOld, back, latest, named, undoLast, prune
    }

    /// One release, told from another of the same name by when it was made.
    struct Made: Hashable {
        var number: Int
        var version: ReleaseVersion
        var name: String { "\(version) (made as number \(number))" }
    }

    private struct Switch {
        var to: Made
        var from: Made?
        var wasTakenBack = false
        var deployment: Deployment
    }

    /// False for records of older runners, which do not say when a release was made: then only its name tells it apart.
    let saysWhenMade: Bool
    private(set) var live: Made?
    private var there: Set<Made> = []
    private var switches: [Switch] = []
    private var madeCount = 0
    private var minutes = 0
    private(set) var story: [String] = []

    init(saysWhenMade: Bool) { self.saysWhenMade = saysWhenMade }

    // MARK: What is right

    /// The newest release before the live one that was live, is there, and was not left since it was last deployed.
    var previous: Made? {
        let good = there.filter { made in
            guard made != live, let last = lastDeployed(made), isOlder(made, than: live) else { return false }
            return !switches[(last + 1)...].contains { later in
                later.wasTakenBack ? isSame(later.to, made) : isOlder(later.to, than: made)
            }
        }
        return good.max { isOlder($0, than: $1) }
    }

    private func lastDeployed(_ made: Made) -> Int? {
        switches.lastIndex { !$0.wasTakenBack && isSame($0.to, made) }
    }

    private func isSame(_ left: Made, _ right: Made) -> Bool {
        saysWhenMade ? left == right : left.version == right.version
    }

    /// Without times, the one whose name went live first is the older one.
    private func isOlder(_ left: Made, than right: Made?) -> Bool {
        guard let right else { return true }
        if saysWhenMade { return left.number < right.number }
        func firstDeployed(_ made: Made) -> Int {
            switches.firstIndex { !$0.wasTakenBack && $0.to.version == made.version } ?? .max
        }
        return firstDeployed(left) < firstDeployed(right)
    }

    // MARK: What the runner sees

    var history: DeploymentHistory {
        get throws {
            let undone = Set(switches.filter(\.wasTakenBack).map(\.deployment))
            return DeploymentHistory(of: .current, switches.map(\.deployment).reversed(), wasTakenBack: undone.contains)
        }
    }

    var stored: [StoredRelease] {
        there.map { .init(version: $0.version, state: .complete, createdAt: saysWhenMade ? madeAt($0) : nil) }
    }

    // MARK: What happens

    mutating func act(_ random: inout SeededRandom) throws -> Act {
        minutes += 1
        let act = (Act.allCases + [.deployNew, .deployNew]).randomElement(using: &random) ?? .make
        let others = there.filter { $0 != live }.sorted { $0.number < $1.number }
        switch act {
        case .deployNew: switchTo(try make("v\(madeCount + 1)"))
        case .deployUnderOldName:
            let gone = Set(switches.map(\.to.version)).subtracting(there.map(\.version)).map(\.name).sorted()
            if let name = gone.randomElement(using: &random) { switchTo(try make(name)) }
        case .deployAgain, .named: if let made = others.randomElement(using: &random) { switchTo(made) }
        case .make: _ = try make("v\(madeCount + 1)")
        case .failNew: fail(try make("v\(madeCount + 1)"))
        case .failOld: if let made = others.randomElement(using: &random) { fail(made) }
        case .back: if let previous { switchTo(previous) }
        case .latest: if let made = others.last, made.number > live?.number ?? 0 { switchTo(made) }
        case .undoLast:
            let last = switches.lastIndex { !$0.wasTakenBack }
            if let last, let from = switches[last].from, there.contains(from) { takeBack(last) }
        case .prune:
            if let made = others.filter({ $0 != previous }).randomElement(using: &random) {
                there.remove(made)
                story.append("prune \(made.name)")
            }
        }
        return act
    }

    private mutating func make(_ name: String) throws -> Made {
        madeCount += 1
        let made = Made(number: madeCount, version: try ReleaseVersion(name))
        there.insert(made)
        madeTimes[made.number] = minutes
        story.append("make \(made.name)")
        return made
    }

    mutating func switchTo(_ made: Made) {
        minutes += 1
        let deployment = Deployment(
            version: made.version, previous: live?.version, pointer: .current, runID: "run-\(1_000 + switches.count)",
            pipeline: "p", commit: nil, madeAt: saysWhenMade ? madeAt(made) : nil, at: time(minutes),
            runStartedAt: time(minutes - 1), origin: .init(person: nil, jobURL: nil))
        switches.append(Switch(to: made, from: live, deployment: deployment))
        story.append("switch to \(made.name)")
        live = made
    }

    private mutating func fail(_ made: Made) {
        switchTo(made)
        takeBack(switches.endIndex - 1)
    }

    private mutating func takeBack(_ index: Int) {
        switches[index].wasTakenBack = true
        live = switches[index].from
        story.append("take that back: live is \(live?.name ?? "nothing")")
    }

    private var madeTimes: [Int: Int] = [:]

    private func madeAt(_ made: Made) -> String { time(madeTimes[made.number] ?? 0) }

    private func time(_ minutes: Int) -> String {
        let (hour, minute) = (minutes / 60, minutes % 60)
        return "2026-01-01T\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute):00Z"
    }
}
