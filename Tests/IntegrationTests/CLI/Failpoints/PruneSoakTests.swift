import FoundationEssentials
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// `prune` beside a deploy, beside a way back, and killed anywhere. What visitors have is whole, and there is a way back.
///
/// A race counts if one of the two says that it has waited for the other, and a kill if the log of the process has it.
@Suite struct PruneSoakTests {
    private struct Round: Sendable {
        enum Kind: CaseIterable { case besideADeploy, besideAWayBack, killed, killedAndRecovered }

        var kind: Kind
        var number: Int
        /// Where it is killed.
        var point = ""
        var text: String { "round \(number), \(kind) \(point)" }
    }

    @Test(.timeLimit(.minutes(60))) func visitorsKeepWhatTheyHaveAndAWayBack() async throws {
        let passed = try await DisturbedProject().disturb("", DisturbedProject.prune).passed
        let points = [Failpoint.record, .recordWritten, .recordSynced, .effect, .file].flatMap { kind in
            (0..<passed[kind.rawValue, default: 0]).map { "\(kind.rawValue):\($0 + 1)" }
        }
        try #require(points.count > 20, "\(passed)")
        let count = Soak.rounds(8, soak: 200)
        let rounds = (0..<count).map { number in
            Round(
                kind: Round.Kind.allCases[number % 4], number: number,
                point: number % 4 < 2 ? "" : points[number * points.count / count])
        }
        let waits = Tally()
        let counted = try await DisturbedProject.counted(rounds, lanes: 4) { project, round in
            switch round.kind {
            case .besideADeploy, .besideAWayBack: try await Self.race(round, in: project, waits)
            case .killed, .killedAndRecovered: try await Self.kill(round, in: project)
            }
        }
        Soak.report(
            "prune beside a deploy, beside a way back, and killed",
            "\(counted) of \(count) rounds counted; \(waits.text)")
        #expect(counted * 100 >= count * 80)
    }

    private static func race(_ round: Round, in project: DisturbedProject, _ waits: Tally) async throws -> Bool {
        let isDeploy = round.kind == .besideADeploy
        let other = isDeploy ? DisturbedProject.run(DisturbedProject.deploy, "v2") + ["-v"] : ["rollback", "-y", "-v"]
        var random = SeededRandom(seed: UInt64(round.number))
        // Whoever comes while the first one has the lease waits. A deploy cannot be held, so that a prune may come too late.
        let isPruneFirst = ![4, 13].contains(round.number % 16)
        let commands = isPruneFirst ? [DisturbedProject.prune, other] : [other, DisturbedProject.prune]
        let folder = project.project.folder
        try? FileManager.default.removeItem(atPath: folder["holds"].string)
        if isPruneFirst { try folder.write("", to: "wait") }
        let first = try project.project.start(arguments: commands[0])
        if isPruneFirst { try await project.project.waitFor("holds") }
        try await Task.sleep(for: .milliseconds(Int.random(in: 0..<200, using: &random)))
        let second = try project.project.start(arguments: commands[1])
        if isPruneFirst {
            try await second.says("waiting for")
            try FileManager.default.removeItem(atPath: folder["wait"].string)
        }
        let said = [try await project.project.said(by: first), try await project.project.said(by: second)]
        let what =
            "\(round.text): \(zip(commands, said).map { "\($0): \($1.code) \($1.error)" }.joined(separator: "\n"))"
        #expect(said.allSatisfy { $0.code == 0 }, "\(what)")
        try project.expectLive(isDeploy ? "v2" : "v0", after: what)
        if isDeploy {
            let back = try await project.project.runner("rollback", "-y")
            #expect(back.code == 0, "\(what)\n\(back.error)")
            try project.expectLive("v1", after: what)
        }
        try await project.expectDeploys(after: what)
        guard let waiting = said.firstIndex(where: { $0.error.contains("waiting for") }) else { return false }
        waits.note(commands[waiting] == other ? "waited for prune" : "prunes waited")
        return true
    }

    private static func kill(_ round: Round, in project: DisturbedProject) async throws -> Bool {
        let killed = try await project.disturb("\(round.point)=kill", DisturbedProject.prune)
        guard killed.wasStruck else { return false }
        try project.expectLive("v1", after: round.text)
        if round.kind == .killedAndRecovered {
            let said = try await project.project.runner("recover")
            #expect(said.code == 0, "\(round.text): \(said.error)")
        }
        let back = try await project.project.runner("rollback", "-y")
        #expect(back.code == 0, "\(round.text): \(back.error)")
        try project.expectLive("v0", after: "\(round.text): \(back.error)")
        try await project.expectDeploys(after: round.text)
        return true
    }
}
