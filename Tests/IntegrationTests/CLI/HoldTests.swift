import PipelineKit
import Releases
import TestSupport
import Testing

/// A store on hold, as a user meets it.
@Suite struct HoldTests {
    private let project: CommandProject

    init() async throws {
        project = try CommandProject()
        try project.writeDeploy()
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v1", "-q").code == 0)
    }

    private func hold() async throws -> Said {
        try await project.runner(
            "hold", "store", "--reason", "v1 loses orders", environment: ["USER": "ann", "LOGNAME": "ann"])
    }

    @Test func deploysStopBeforeAnythingIsUploaded() async throws {
        let held = try await hold()
        #expect(held.code == 0)
        #expect(
            held.error == """
                file://~/store is on hold: deploys into it stop until `runner unhold file://~/store`

                """)
        let said = try await project.runner("run", "deploy.yml", "-i", "release=v2")
        #expect(said.code == 1)
        #expect(said.error.contains("is on hold since DATE, by ann@"), "\(said.error)")
        #expect(said.error.contains(": v1 loses orders, so nothing is deployed"), "\(said.error)")
        #expect(
            said.error.contains("when the reason is gone, type `runner unhold file://~/store` and run again"),
            "\(said.error)")
        #expect(!project.exists("store/releases/v2") && !said.error.contains("  upload"), "\(said.error)")
        #expect(try project.live() == "v1")

        // What the message tells to type.
        let lifted = try await project.runner("unhold", project.store.resource.url)
        #expect(lifted.code == 0)
        #expect(lifted.error.hasPrefix("deploys into file://~/store may continue; it was on hold since DATE, by ann@"))
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 0)
        #expect(try project.live() == "v2")
        #expect(try await project.runner("unhold", "store").error == "file://~/store was not on hold\n")
    }

    @Test func everybodyIsToldOfIt() async throws {
        _ = try await hold()
        let line = "file://~/store is on hold since DATE, by ann@"
        let cure = "v1 loses orders; to let deploys continue: `runner unhold file://~/store`\n"
        let runs = try await project.runner("runs")
        #expect(runs.error.hasPrefix(line) && runs.error.hasSuffix(cure), "\(runs.error)")
        let plan = try await project.runner("plan", "deploy.yml", "-i", "release=v2")
        #expect((plan.output + plan.error).contains(line), "\(plan.output)\(plan.error)")
        #expect(plan.code == 1)
        let dry = try await project.runner("rollback", "--dry-run", "--yes")
        #expect(dry.error.contains(line) && dry.error.hasSuffix(cure), "\(dry.error)")
        // It does not stop the way back.
        let back = try await project.runner("rollback", "--yes")
        #expect(back.code == 0 && back.error.hasSuffix(cure), "\(back.error)")
        #expect(try project.live() == nil)
    }

    /// The check before the first step does not see it.
    @Test func aDeployAtWorkIsStoppedAtItsSwitch() async throws {
        try project.folder.write(
            CommandProject.deploy().replacing(
                "  - { id: switch,",
                with: """
                      - { id: pause, uses: exec, rollback: false, with: { run: "touch at; while ! test -e go; do sleep 0.05; done" } }
                      - { id: switch,
                    """), to: "deploy.yml")
        let process = try project.start("run", "deploy.yml", "-i", "release=v2", "-q")
        try await project.waitFor("at")
        _ = try await hold()
        try project.folder.write("", to: "go")
        let said = try await project.said(by: process)
        #expect(said.code == 1 && said.error.contains("v1 loses orders"), "\(said.error)")
        #expect(try project.live() == "v1")
    }

    private static let back = """
        version: 1
        name: back
        with: { store: store }
        steps:
          - { id: target, uses: release, with: { select: v1 } }
          - { id: switch, uses: switch-origin, with: { allow-older: true, hold: true } }
        """

    @Test func aWayBackHoldsAndItsRollbackLetsGo() async throws {
        #expect(try await project.runner("run", "deploy.yml", "-i", "release=v2", "-q").code == 0)
        try project.folder.write(Self.back, to: "back.yml")
        let said = try await project.runner("run", "back.yml", "-v")
        #expect(said.code == 0, "\(said.error)")
        #expect(try project.live() == "v1")
        let refused = try await project.runner("run", "deploy.yml", "-i", "release=v3", "-q")
        #expect(refused.code == 1 && refused.error.contains("back has made v1 live"), "\(refused.error)")
        #expect(try await project.runner("rollback", "-q").code == 0)
        #expect(try project.live() == "v2")
        #expect(try await project.runner("unhold", "store").error == "file://~/store was not on hold\n")
    }

    @Test func theHoldOfSomebodyElseStays() async throws {
        _ = try await hold()
        try project.folder.write(Self.back, to: "back.yml")
        #expect(try await project.runner("run", "back.yml", "-q").code == 0)
        let again = try await project.runner("hold", "store", "--reason", "another")
        #expect(again.error.contains("before, it was on hold since DATE, by ann@"), "\(again.error)")
        #expect(again.error.contains(": v1 loses orders\n"), "\(again.error)")
    }

    @Test func aReleaseThatIsLiveAlreadyIsHeldToo() async throws {
        try project.folder.write(Self.back, to: "back.yml")
        #expect(try await project.runner("run", "back.yml", "-q").code == 0)
        let lifted = try await project.runner("unhold", "store")
        #expect(lifted.error.contains("back has made v1 live"), "\(lifted.error)")
    }

    @Test(arguments: [
        (["hold", "nowhere", "--reason", "r"], "there is no store at file://~/nowhere"),
        (["hold", "store", "--reason", " "], "`--reason` must say why"),
        (["hold", "store"], "--reason"),
        (["unhold", "ftp://x"], "has the scheme `ftp:`"),
    ])
    func whatIsNoStore(arguments: [String], words: String) async throws {
        let said = try await project.runner(arguments)
        #expect(said.code == 64 && said.error.contains(words), "\(said.code) \(said.error)")
        #expect(!project.exists("nowhere"))
    }
}
