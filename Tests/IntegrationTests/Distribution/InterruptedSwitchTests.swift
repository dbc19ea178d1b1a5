import PipelineKit
import TestSupport
import Testing

/// The runner ends in the middle of a deploy to a distribution.
@Suite struct InterruptedSwitchTests {
    private let waiting = "waiting until every edge"

    private func deployTwice(
        _ body: (DeployedSite, RunnerProcess) async throws -> Void
    ) async throws {
        try await DeployedSite.with { site in
            try await site.write("v1", changed: 1)
            #expect(try await site.run("deploy.yml").code == 0)
            try await site.write("v2", changed: 1)
            let process = try site.start("deploy.yml")
            try await process.says(waiting)
            try await body(site, process)
        }
    }

    @Test func killedItGoesOn() async throws {
        try await deployTwice { site, process in
            process.signal(9)
            #expect(try await process.end().code == 137)
            #expect(try await site.path() == "/releases/v2")
            let said = try await site.runner("recover")
            #expect(said.code == 0, "\(said.error)")
            #expect(try await site.page("pages/0.html").contains("page 0 of v2"))
            #expect(try await site.outside("invalidations", site.distribution).count == 2)
        }
    }

    @Test func killedItIsTakenBack() async throws {
        try await deployTwice { site, process in
            process.signal(9)
            _ = try await process.end()
            let said = try await site.runner("rollback")
            #expect(said.code == 0, "\(said.error)")
            #expect(try await site.path() == "/releases/v1")
            #expect(try await site.page("pages/0.html").contains("page 0 of v1"))
            #expect(try await site.listing("releases/v2/") == [])
        }
    }

    @Test func toldToEndItTakesTheSwitchBack() async throws {
        try await deployTwice { site, process in
            process.signal(15)
            #expect(try await process.end().code == 143)
            #expect(try await site.path() == "/releases/v1")
            #expect(try await site.page("pages/0.html").contains("page 0 of v1"))
            let made = try await site.outside("invalidations", site.distribution)
            #expect(made.last?.hasSuffix("/switch-origin-1/rollback/1 /*") == true)
        }
    }
}
