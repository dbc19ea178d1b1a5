internal import PipelineKit
internal import Releases
internal import SystemPackage

extension RollbackSession {
    /// Makes a release live, by a run of its own.
    ///
    /// - Parameter version: a release's, or `previous`.
    func go(to version: String) async throws -> Exit {
        if version != "previous" {
            do { _ = try ReleaseVersion(version) } catch { throw RollbackRefusal.badVersion(ErrorRecord(error)) }
        }
        let model = try await selection.model(for: version)
        let made = try RollbackPipeline(to: version, from: model, registry: reader.registry)
        let bytes = Array(made.text.utf8)
        let (pipeline, problems) = PipelineReader(registry: reader.registry).read(
            bytes: bytes, path: "", environment: reader.environment)
        guard let pipeline else {
            let reason = problems.first { $0.severity == .error }?.message ?? ""
            throw RollbackRefusal.noPipeline(model.deploy.run, reason)
        }
        for note in made.notes { tell(note) }
        let project = Project(folder: model.deploy.project)
        if isDryRun { return try await plan(pipeline, project, version) }
        await archive.warnOfUnfinished(in: context)
        var session = session(.run)
        session.setters = Self.setters
        let result = try await session.start(pipeline, bytes: bytes, project: project, state: archive.state)
        let visitors = reader.read(try archive.entry(result.runID)).map { Visitors.after($0.deploy) } ?? []
        let isUnchanged = result.exitCode == .success && !visitors.haveChanged
        return tell(
            visitors, run: result.runID, isUnchanged ? .failed : result.exitCode, selection.live, isToldByRun: true)
    }

    /// Of the step that finds the release.
    private static let setters = ["select": "--to "]

    private func plan(_ pipeline: Pipeline, _ project: Project, _ version: String) async throws -> Exit {
        var changes = false
        let exit = try await PlanSession(context: context, output: output, setters: Self.setters).show(
            pipeline, project: project, state: archive.state, command: "\(ProgramName.current) rollback --to \(version)"
        ) { plan in
            let target: String?
            (target, changes) = plan.switching
            if let target {
                output.text([changes ? "visitors would have \(target)" : "visitors have \(target) already"])
            }
        }
        guard exit == .changes || exit == .success else { return exit }
        return changes ? .success : .failed
    }
}

extension Plan {
    /// The release that it would make live, and whether another one is live now.
    fileprivate var switching: (target: String?, changes: Bool) {
        var (target, changes): (String?, Bool) = (nil, false)
        for step in steps {
            switch step.verdict {
            case .ran(let outputs): target = target ?? outputs["version"]?.asText
            case .changes where step.kind == DeployReader.kind: changes = true
            case .changes, .nothing, .looks, .mayRun, .skipped, .unknown, .fails: continue
            }
        }
        return (target, changes)
    }
}
