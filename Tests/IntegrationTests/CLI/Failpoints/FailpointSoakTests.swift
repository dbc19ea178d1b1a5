import FoundationEssentials
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// A whole deploy into a folder, killed at each of its failpoints, and failed at each of its file operations.
///
/// The suite kills it at each of them, and then does one of four things, by turns; `make soak` does all four at each. Of the
/// other rounds the suite tries a few, evenly spread. A round counts if the log of the process says that it was killed there, or
/// that the operation failed.
@Suite struct FailpointSoakTests {
    /// What is done after a kill.
    private enum Way: String, CaseIterable {
        case resume, rollback, recover
        /// The run's folder is gone, and the next run comes.
        case lost
    }

    private struct Kill {
        var file: String
        var point: String
        var way: Way
        var text: String { "\(file) killed at \(point), \(way.rawValue)" }
    }

    private static let points: [Failpoint] = [.record, .recordWritten, .recordSynced, .effect, .file]

    /// Each point that a deploy of v2 passes, such as `file:7`.
    private func points(of file: String, _ kinds: [Failpoint] = points) async throws -> [String] {
        let project = try await DisturbedProject()
        let passed = try await project.disturb("", DisturbedProject.run(file, "v2")).passed
        let points = kinds.flatMap { kind in
            (0..<passed[kind.rawValue, default: 0]).map { "\(kind.rawValue):\($0 + 1)" }
        }
        try #require(points.count >= 50, "\(passed)")
        return points
    }

    @Test(.timeLimit(.minutes(60))) func killedAnywhereItIsFinishedOrTakenBack() async throws {
        var all: [Kill] = []
        for (index, file) in [DisturbedProject.deploy, DisturbedProject.fails].enumerated() {
            let points = try await points(of: file)
            for (number, point) in points.enumerated() {
                // The first ones of a spread are not always of the same way.
                let first = number + index
                for way in Way.allCases.indices {
                    all.append(Kill(file: file, point: point, way: Way.allCases[(first + way) % 4]))
                }
            }
        }
        // The ways of one point stand together, and the first of them is another one at each point.
        let chosen = Soak.spread(all, all.count / Way.allCases.count)
        let counted = try await DisturbedProject.counted(chosen, lanes: 3) { try await Self.play($1, in: $0) }
        Soak.report(
            "a folder deploy killed at its failpoints",
            "\(counted) of \(chosen.count) kills met it, of \(all.count) that there are")
        #expect(counted * 100 >= chosen.count * 80)
    }

    private static func play(_ kill: Kill, in project: DisturbedProject) async throws -> Bool {
        let killed = try await project.disturb("\(kill.point)=kill", DisturbedProject.run(kill.file, "v2"))
        let isDeploy = kill.file == DisturbedProject.deploy
        #expect(killed.wasStruck == (killed.said.raw.status == .signalled(9)), "\(kill.text): \(killed.said.error)")
        guard killed.wasStruck else { return false }
        try project.expectLive("v1", "v2", after: kill.text)
        let run = try project.newRun()
        // Without a record there is nothing to continue, and nothing has happened.
        let hasBegun = try project.hasBegun()
        let forward = hasBegun && isDeploy ? "v2" : "v1"
        switch kill.way {
        case .recover, .resume:
            let command = kill.way == .resume && run != nil ? ["resume", run ?? ""] : ["recover"]
            var said = try await project.project.runner(command)
            if said.error.contains("has failed and can only be rolled back") {
                #expect(said.code == 64 && !isDeploy, "\(kill.text): \(said.code) \(said.error)")
                said = try await project.project.runner("recover")
            }
            let what = "\(kill.text): \(said.code) \(said.error)"
            // It may have been killed when all was done.
            if said.error.contains("so there is nothing to resume") {
                #expect(said.code == 64, "\(what)")
            } else if kill.way == .recover || hasBegun {
                let isDone = said.error.contains("nothing to recover") || !hasBegun
                #expect(said.code == (isDeploy || isDone ? 0 : 1), "\(what)")
            }
            try project.expectLive(forward, after: what)
            let again = try await project.project.runner("recover")
            #expect(again.code == 0 && again.error.contains("nothing to recover"), "\(what) \(again.error)")
        case .rollback:
            guard let run else { break }
            let said = try await project.project.runner("rollback", run, "-y")
            let what = "\(kill.text): \(said.code) \(said.error)"
            #expect(said.code == 0 || !hasBegun && said.error.contains("error: "), "\(what)")
            try project.expectLive("v1", after: what)
        case .lost:
            if let run {
                try FileManager.default.removeItem(atPath: project.project.folder[".runner/runs/\(run)"].string)
            }
        }
        try await project.expectDeploys(after: kill.text)
        return true
    }

    /// A disk that is full once, or from then on.
    @Test(.timeLimit(.minutes(60))) func whateverFileOperationFailsTheErrorIsClear() async throws {
        var all: [String] = []
        for point in try await points(of: DisturbedProject.deploy, [.file]) {
            all += ["\(point)=fail", "\(point)=fail+"]
        }
        // An odd number, so that a spread has both.
        let chosen = Soak.spread(all, 13)
        let codes = Tally()
        let counted = try await DisturbedProject.counted(chosen) { project, point in
            let failed = try await project.disturb(point, DisturbedProject.run(DisturbedProject.deploy, "v2"))
            let said = failed.said
            codes.note("with exit \(said.code)")
            let what = "\(point): \(said.code) \(said.error)"
            let live = try project.expectLive("v1", "v2", after: what)
            #expect([0, 1, 3, 4, 64, 65].contains(said.code), "\(what)")
            #expect(said.code == 0 || said.error.contains("error: ") || said.code == 4, "\(what)")
            #expect(live == [0: "v2", 1: "v1", 4: "v2", 64: "v1", 65: "v1"][said.code, default: live], "\(what)")
            if point.hasSuffix("+") {
                let recovered = try await project.project.runner("recover")
                #expect([0, 1].contains(recovered.code), "\(what)\nrecover: \(recovered.code) \(recovered.error)")
                // If the journal could not say how it ended, `recover` begins where it stops, and the run has named it.
                // Of its first record it cannot know whether it is there.
                let isOpen =
                    said.code == 3 || said.error.contains("to finish it: runner recover")
                    || said.error.contains("nothing was done: run ")
                try project.expectLive(
                    live, isOpen ? "v1" : live, isOpen ? "v2" : live, after: "\(what)\nrecover: \(recovered.error)")
            }
            try await project.expectDeploys(after: what)
            return failed.wasStruck
        }
        Soak.report(
            "a folder deploy whose file operations fail",
            "\(counted) of \(chosen.count) met it, of \(all.count) that there are; \(codes.text)")
        #expect(counted * 100 >= chosen.count * 80)
    }

    /// What a recovery leaves that was killed as well is recovered by the next one.
    @Test(.timeLimit(.minutes(60))) func aRecoveryThatIsKilledIsRecovered() async throws {
        let all = try await points(of: DisturbedProject.deploy) + points(of: DisturbedProject.fails)
        // So many moments of the deploy, and so many of each recovery.
        let (first, second) = (Soak.rounds(2, soak: 40), Soak.rounds(5, soak: 10))
        let deploys = (0..<first).map { number in
            // The recovery is the longer the earlier the kill, but before the first record there is none.
            (point: all[(2 * number + 1) * all.count / (2 * first)], number: number)
        }
        let (tried, counted) = (Tally(), Tally())
        _ = try await DisturbedProject.counted(deploys) { project, deploy in
            let file = deploy.number * 2 < first ? DisturbedProject.deploy : DisturbedProject.fails
            let killed = try await project.disturb("\(deploy.point)=kill", DisturbedProject.run(file, "v2"))
            guard killed.wasStruck, try project.hasBegun() else { return false }
            try project.keep(as: "killed")
            let passed = try await project.disturb("", ["recover"]).passed
            let points = Self.points.flatMap { kind in
                (0..<passed[kind.rawValue, default: 0]).map { "\(kind.rawValue):\($0 + 1)" }
            }
            let count = min(second, points.count)
            for point in (0..<count).map({ points[(2 * $0 + 1) * points.count / (2 * count)] }) {
                try project.restore("killed")
                let what = "\(file) killed at \(deploy.point), recover at \(point)"
                let again = try await project.disturb("\(point)=kill", ["recover"])
                tried.note(what)
                if again.wasStruck { counted.note(what) }
                try project.expectLive("v1", "v2", after: what)
                let said = try await project.project.runner("recover")
                let isDeploy = file == DisturbedProject.deploy
                #expect([0, 1].contains(said.code), "\(what): \(said.code) \(said.error)")
                try project.expectLive(isDeploy ? "v2" : "v1", after: "\(what): \(said.error)")
                try await project.expectDeploys(after: what)
            }
            return true
        }
        Soak.report(
            "a recovery killed as well",
            "\(counted.count) of \(tried.count) pairs counted, at \(first) moments of a deploy")
        #expect(tried.count >= second && counted.count * 100 >= tried.count * 80)
    }
}
