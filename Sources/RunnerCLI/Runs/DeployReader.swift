internal import PipelineKit
internal import Releases
internal import SystemPackage

/// Reads from journals how runs have changed what visitors get.
struct DeployReader {
    let registry: StepRegistry
    let environment: [String: String]

    /// The kind that switches visitors to a release.
    static let kind = "switch-origin"
    /// The kind that asks for the site as visitors do.
    private static let checkKind = "smoke"

    /// A deploy, and what it was read from.
    struct Found {
        var deploy: Deploy
        var entry: RunArchive.Entry
        var pipeline: Pipeline
        /// As the steps after its last one would see the run.
        var scope: Scope
    }

    /// The newest first.
    func deploys(among entries: [RunArchive.Entry]) -> [Found] {
        entries.compactMap(read).sorted { ($0.deploy.time, $0.deploy.run) > ($1.deploy.time, $1.deploy.run) }
    }

    /// - Returns: nil for a run that switches nothing, or whose copy of its pipeline file cannot be read.
    func read(_ entry: RunArchive.Entry) -> Found? {
        pipeline(of: entry).flatMap { read(entry, of: $0) }
    }

    /// - Parameter pipeline: as it was when the run began.
    func read(_ entry: RunArchive.Entry, of pipeline: Pipeline) -> Found? {
        let history = entry.history
        guard let started = history.started, let scope = scope(of: pipeline, entry) else { return nil }
        let project = Project(folder: FilePath(started.project))
        var switches = pipeline.steps.filter { $0.kind.name == Self.kind }.compactMap {
            read($0, history, scope, project)
        }
        guard !switches.isEmpty else { return nil }
        if switches.count == 1 { switches[0].site.address = Self.address(of: pipeline, history, scope) }
        let copy = entry.path.appending(RunFolder.pipelineName)
        let hasSwitched = switches.contains { made in
            history.finished[made.step].map { $0.outcome == .success || $0.outcome == .already } ?? false
        }
        let deploy = Deploy(
            run: entry.id, pipeline: started.pipeline, file: FilePath(started.file), project: project.folder,
            isOwnFile: FilePath(started.file) == copy,
            time: switches.compactMap { history.preparedAt[$0.step] }.max() ?? history.startedAt,
            isUnfinished: history.ended == nil || history.rollbackFailed != nil,
            hasSucceeded: hasSwitched && (history.failed == nil || history.failed?.cause == .requested),
            switches: switches)
        return Found(deploy: deploy, entry: entry, pipeline: pipeline, scope: scope)
    }

    /// The copy in the folder of a run; nil if it cannot be read any more.
    func pipeline(of entry: RunArchive.Entry) -> Pipeline? {
        guard let started = entry.history.started,
            let bytes = try? DurableFile.read(entry.path.appending(RunFolder.pipelineName), limit: 1 << 20)
        else { return nil }
        let (pipeline, _) = PipelineReader(registry: registry).read(
            bytes: bytes, path: FilePath(started.file), inputs: started.givenInputs, environment: environment)
        return pipeline?.digest == started.digest ? pipeline : nil
    }

    private func scope(of pipeline: Pipeline, _ entry: RunArchive.Entry) -> Scope? {
        var scope = try? pipeline.scope(runID: entry.id, secrets: [:], environment: environment)
        scope?.steps = entry.history.finished.mapValues {
            Scope.StepResult(outcome: $0.outcome, outputs: $0.outputs ?? [:])
        }
        return scope
    }

    private func read(
        _ step: PipelineStep, _ history: RunHistory, _ scope: Scope, _ project: Project
    ) -> Deploy.Switch? {
        guard history.finished[step.id]?.outcome != .skipped, let options = try? step.expandedOptions(in: scope) else {
            return nil
        }
        let record = history.prepared[step.id]
        let version = options["version"]?.text
        // A step that had nothing to do has found its own release.
        let same = history.finished[step.id]?.outcome == .already ? version.map { Deploy.Offer.release($0) } : nil
        let before = record.map { Self.offer($0.beforeValue ?? [:]) } ?? same
        let lastGood = record.flatMap { Self.lastGood(in: $0.beforeValue) }
        return Deploy.Switch(
            step: step.id,
            site: Self.site(
                { options[$0]?.text ?? step.options[$0]?.expression },
                origin: Self.field("origin", of: record?.beforeValue),
                project),
            version: version, before: before, lastGood: lastGood,
            isInPlace: record != nil && !history.rolledBack.contains(step.id)
                && (lastGood ?? before) != version.map { .release($0) },
            hasGoneBack: history.rolledBack.contains(step.id),
            isSure: history.finished[step.id]?.outcome == .success && history.rollbackFailed?.step != step.id)
    }

    /// The one URL at which `smoke` steps have found the site as it should be.
    private static func address(of pipeline: Pipeline, _ history: RunHistory, _ scope: Scope) -> String? {
        let checks = pipeline.steps.filter {
            $0.kind.name == checkKind && history.finished[$0.id]?.outcome == .success
        }
        let urls = checks.map { (try? $0.expandedOptions(in: scope))?["url"]?.text }
        return Set(urls).count == 1 ? urls[0] : nil
    }

    /// - Parameters:
    ///   - option: an option's text, or the expression that is known to a run alone, such as one of a secret.
    ///   - origin: of the distribution, as the step had found it.
    private static func site(
        _ option: (String) -> String?, origin: String?, _ project: Project
    ) -> Deploy.Site {
        let text = option("store") ?? ""
        let store = try? StoreURL(text)
        let url = store?.resource(in: project).url ?? text
        if let distribution = option("distribution") {
            return Deploy.Site(
                store: url, pointer: distribution, origin: option("origin") ?? origin,
                name: "distribution \(distribution)")
        }
        let link = option("current") ?? Pointer.current.name
        let folder = (try? store?.openFolder(in: project))?.root.string ?? url
        return Deploy.Site(store: url, pointer: link, name: "\(folder)/\(link)")
    }

    /// What visitors had, from the state that the step recorded before it switched.
    private static func offer(_ before: Value) -> Deploy.Offer {
        if let version = field("previous", of: before) { return .release(version) }
        guard case .object(let fields) = before else { return .nothing }
        // What it had is a link's target or an origin's path.
        return [fields["link"], fields["path"]].compactMap(\.self).first { $0 != .null }.map { .path($0.asText) }
            ?? .nothing
    }

    /// The release that a rollback goes to instead of one that nobody had found good; nil if that is what was there.
    private static func lastGood(in before: Value?) -> Deploy.Offer? {
        guard case .object(let fields)? = before else { return nil }
        return field("lastGood", of: fields["unfinished"]).map { .release($0) }
    }

    private static func field(_ name: String, of value: Value?) -> String? {
        guard case .object(let fields)? = value, case .text(let text)? = fields[name] else { return nil }
        return text
    }
}

extension Node {
    /// A scalar's text.
    var text: String? {
        if case .scalar(let text, plain: _) = content { text } else { nil }
    }

    fileprivate var expression: String? {
        if case .deferred(let text, type: _) = content { text } else { nil }
    }
}

extension RunStarted {
    /// As texts, like those of a command line.
    var givenInputs: [String: String] { inputs.filter { $0.value != .null }.mapValues(\.asText) }
}
