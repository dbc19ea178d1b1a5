internal import PipelineKit

/// Why a rollback does not begin: nothing has been touched.
struct RollbackRefusal: DescribedError {
    let code: String
    let message: String
    let help: String?

    static func noKind(_ kind: String) -> RollbackRefusal {
        RollbackRefusal(
            code: "no-such-kind", message: "this runner has no kind `\(kind)`, which going to another release needs",
            help: "use a runner that has the standard kinds, or take back the live deploy")
    }

    /// - Parameter known: the pipelines whose runs have switched visitors; empty if none was named.
    static func noDeploy(in place: String, known: String, runs: String) -> RollbackRefusal {
        let others =
            known.isEmpty
            ? "`\(runs)` lists the runs; name a pipeline with `--pipeline FILE-OR-NAME`, a project with `--project DIR`"
            : "runs of \(known) have"
        return RollbackRefusal(
            code: "no-deploy", message: "no run of \(place) has switched visitors to a release, so nothing was done",
            help: others + "\n" + withoutRuns(to: nil))
    }

    /// Runs of another machine, or of a folder that is gone, do not matter to the store, which knows its releases.
    static func noRuns(in folder: String, to version: String?) -> RollbackRefusal {
        let error = CommandError.noRuns(folder)
        let help = error.help.map { $0 + "\n" } ?? ""
        return RollbackRefusal(code: error.code, message: error.message, help: help + withoutRuns(to: version))
    }

    /// - Parameter version: the release that is wanted; nil if none was named.
    private static func withoutRuns(to version: String?) -> String {
        let way =
            version.map { "`\(ProgramName.current) run pipelines/rollback.yml -i to=\(ShellWord.quoted($0))`" }
            ?? "`\(ProgramName.current) run pipelines/rollback.yml`"
        return """
            to go back without them, write a pipeline with `\(ProgramName.current) init rollback`, or `\(ProgramName.current) init bucket-rollback` for a \
            bucket; look at its store, and type \(way)
            """
    }

    /// The first deploy is taken back, and nobody can be asked whether that is meant.
    static func leavesNothing(at site: String, run: String, isNamed: Bool, _ commands: RunCommandLine)
        -> RollbackRefusal
    {
        RollbackRefusal(
            code: "leaves-nothing",
            message: "nothing was at \(site) before run \(run): visitors would have no release, so nothing was done",
            help: """
                if that is meant, type `\(isNamed ? commands.rollback(run) : commands.rollback) --yes`
                to make another release of the store live, type `\(commands.rollback(to: "VERSION"))`
                """)
    }

    static func nothingLive(_ sites: [Deploy.Site], _ commands: RunCommandLine) -> RollbackRefusal {
        RollbackRefusal(
            code: "nothing-live",
            message:
                "every deploy of \(sites.map(\.name).joined(separator: " and ")) that is known here has been taken back "
                + "already, so there is none to take back",
            help: "to make a release of the store live, type `\(commands.rollback(to: "VERSION"))`")
    }

    static func replaced(
        _ deploy: Deploy, by live: Deploy, at site: Deploy.Site, _ commands: RunCommandLine
    ) -> RollbackRefusal {
        let (old, new) = (deploy.switch(of: site), live.switch(of: site))
        var help = "to take back \(new?.version ?? "the live release"), type `\(commands.rollback(live.run))`"
        if case .release(let before)? = old?.before {
            let file = live.isOwnFile ? deploy.file : live.file
            let next = commands.rollback(to: before, pipeline: file)
            help += "\nto go to \(before), which was live before run \(deploy.run), type `\(next)`"
        }
        return RollbackRefusal(
            code: "not-live",
            message:
                "run \(deploy.run) is not live: visitors of \(site.name) have \(new?.version ?? "another release") "
                + "since run \(live.run) of \(live.pipeline), so nothing was done",
            help: help)
    }

    static func elsewhere(
        _ deploy: Deploy, _ now: Deploy.Offer, at site: Deploy.Site, _ commands: RunCommandLine
    ) -> RollbackRefusal {
        let offer = deploy.switch(of: site)?.offer.text ?? "what it had brought"
        return RollbackRefusal(
            code: "not-live",
            message:
                "run \(deploy.run) is not live: visitors of \(site.name) have \(now.text) and not \(offer), and no run that "
                + "is known here has given them that, so nothing was done",
            help: "to make a release of the store live, type "
                + "`\(commands.rollback(to: "VERSION", pipeline: deploy.isOwnFile ? nil : deploy.file))`")
    }

    static func nothingToUndo(_ run: String, _ reason: String, _ commands: RunCommandLine) -> RollbackRefusal {
        RollbackRefusal(
            code: "nothing-to-undo", message: "run \(run) \(reason), so there is nothing to undo",
            help: "`\(commands.runs)` lists the others; `\(commands.rollback)` takes back the live deploy")
    }

    /// - Parameter isVersion: whether the name can be a version's.
    static func noRun(_ name: String, in folder: String, isVersion: Bool, _ commands: RunCommandLine) -> RollbackRefusal
    {
        var help = [
            "to take back the live deploy, type `\(commands.rollback)`",
            "to take back a run, give its id as `\(commands.runs)` lists it",
        ]
        if isVersion { help.append("to make the release \(name) live, type `\(commands.rollback(to: name))`") }
        return RollbackRefusal(
            code: "no-such-run", message: "there is no run `\(name)` in \(folder)", help: help.joined(separator: "\n"))
    }

    static func whichDeploy(_ choices: [String]) -> RollbackRefusal {
        RollbackRefusal(
            code: "which-deploy", message: "it is not clear which of these sites is meant, so nothing was done",
            help: "type one of these:\n" + choices.joined(separator: "\n"))
    }

    static let notChosen = RollbackRefusal(
        code: "not-chosen", message: "nothing was chosen, so nothing was done", help: nil)

    static func badVersion(_ error: ErrorRecord) -> RollbackRefusal {
        RollbackRefusal(code: error.code, message: error.message, help: error.help)
    }

    static func noPipeline(_ run: String, _ reason: String) -> RollbackRefusal {
        RollbackRefusal(
            code: "no-way-back",
            message: "the deploy of run \(run) cannot be made into a pipeline that goes to another release: \(reason)",
            help:
                "`\(ProgramName.current) init rollback` and `\(ProgramName.current) init bucket-rollback` write such pipelines"
        )
    }
}
