internal import FoundationEssentials
internal import Glibc
internal import HTTP
internal import Logging
internal import PipelineKit
internal import Releases
internal import SystemPackage

/// Adopts one release in this process, under the store's lease. Its working folder is deleted afterwards.
struct AdoptSession {
    let context: CommandContext
    let project: Project
    let state: StateFolder
    let output: CommandOutput

    /// - Throws: `CommandError` `storeInUse`; what `ReleaseStore.adopt` throws.
    func adopt(_ version: ReleaseVersion, in url: StoreURL) async throws -> (found: ForeignFiles, manifest: String) {
        let now = context.clock.date
        let id = RunIdentity.makeID(at: now, random: context.random)
        let folder = state.path.appending("adoptions").appending(id)
        try CommandError.inState {
            try state.prepare()
            try DurableFile.makeFolder(folder)
        }
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        let transport = context.connect()
        let result: Result<(ForeignFiles, String), any Error>
        do {
            result = .success(try await adopt(version, in: url, as: id, since: now, folder, transport))
        } catch {
            result = .failure(error)
        }
        context.console.draw("")
        await transport.shutdown()
        return try result.get()
    }

    private func adopt(
        _ version: ReleaseVersion, in url: StoreURL, as id: String, since now: Date, _ folder: FilePath,
        _ transport: any ClosableClient
    ) async throws -> (ForeignFiles, String) {
        let services = context.services(sinks: [], transport: transport, state: state)
        let resource = url.resource(in: project)
        var stepContext = context.stepContext(
            "adopt", run: id, since: now, folder: folder, project: project, services,
            logger: Logger(label: "adopt") { [output] _ in NoteHandler(output: output) })
        stepContext.progress = progress(of: version)
        let lease = try await lease(of: resource, as: id, since: now, services, stepContext)
        stepContext.leases = Leases([resource: lease])
        do {
            let store = try await url.open(in: stepContext)
            let found = try await store.adopt(version, in: stepContext)
            await lease.release()
            return (found, store.location(of: .manifest(of: version)))
        } catch {
            await lease.release()
            throw error
        }
    }

    private func lease(
        of resource: Resource, as id: String, since now: Date, _ services: RunServices, _ stepContext: StepContext
    ) async throws -> any Lease {
        guard let provider = services.leaseProviders[String(resource.scheme)] else {
            throw StepError("no-lease-provider", "this runner has no way to take the lease of \(resource)")
        }
        let owner = LeaseOwner(
            runID: id, pipeline: "adopt", host: LeaseOwner.hostName, processID: Int(getpid()), since: now.journalText,
            job: RunOrigin(environment: context.environment).job)
        do {
            return try await provider.acquire(LeaseRequest(resource, owner: owner, context: stepContext))
        } catch let held as LeaseHeld {
            throw CommandError.storeInUse(held.message)
        } catch let error as LeaseUnreachable {
            throw error.cause
        }
    }

    private func progress(of version: ReleaseVersion) -> Progress {
        guard output.notes > .quiet, context.console.live != nil else { return .silent }
        return Progress { [console = context.console] state in
            let total = state.total.map { " of \($0)" } ?? ""
            console.draw("reading \(version): \(state.done)\(total) files")
        }
    }
}

/// Prints log messages of level notice and above.
private struct NoteHandler: LogHandler {
    let output: CommandOutput
    var logLevel: Logger.Level = .notice
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        output.note(SanitizedText.clean("\(event.message)"))
    }
}
