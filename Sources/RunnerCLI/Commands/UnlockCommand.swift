internal import ArgumentParser
internal import PipelineKit
internal import Releases
internal import SystemPackage

struct UnlockCommand: RunningCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock", abstract: "Takes a store's lease away from the run that holds it.",
        discussion: """
            A run that is gone needs no `unlock`: a bucket's lease runs out a minute after its last renewal, and a folder's goes \
            away with its process. This is for a run that is at work, that nobody can stop, and that must not write any more.

            Shows who holds the lease, since when and on which CI job, asks, and marks the lease as broken. Its run can then renew \
            it no more. It stops at its next write, also in the middle of a deploy, and cannot roll back either: look at what \
            visitors have afterwards. Another run can take the lease a minute later.

            The lease of a folder is a lock of the kernel's. It cannot be broken, and the command names its process.

              runner unlock s3://my-bucket/my-site

            Exit status: 0 the lease is broken, or nobody holds it; 1 it is not broken; 64 wrong usage, or nobody can be asked.
            """)

    @Argument(help: "The store: a folder, or a bucket and prefix.", completion: .directory) var store: String
    @ArgumentParser.Option(
        name: .long, help: "Folder at which a relative STORE starts (default: this one).", completion: .directory)
    var project: String?
    @OptionGroup var confirmationOptions: ConfirmationOptions
    @OptionGroup var outputOptions: OutputOptions

    var changesThings: Bool { true }

    func run(in context: CommandContext) async throws -> Exit {
        let url: StoreURL
        do {
            url = try StoreURL(store)
        } catch let error as StepError {
            throw CommandError.badArgument(error)
        }
        let project = Project(folder: project.map { context.path($0) } ?? context.currentFolder)
        if case .folder(let path) = url, try !FileStatus.isFolder(project.path(path)) {
            throw CommandError.noSuchStore(project.path(path).string)
        }
        let output = outputOptions.output(on: context.console)
        return try await context.withStore("unlock", in: project) { stepContext in
            try await unlock(url, context, stepContext, output)
        }
    }

    private func unlock(
        _ url: StoreURL, _ context: CommandContext, _ stepContext: StepContext, _ output: CommandOutput
    ) async throws -> Exit {
        let resource = url.resource(in: stepContext.project)
        func report(_ state: String, _ owner: LeaseOwner? = nil) {
            output.document(.unlocked(resource.url, state: state, owner: owner))
        }
        switch try await url.leaseHolder(in: stepContext) {
        case .nobody:
            report("free")
            output.note("nobody holds the lease of \(resource)")
            return .success
        case .process(let owner):
            throw CommandError.folderInUse(LeaseHeld(resource, by: owner).message, processID: owner?.processID)
        case .run(let held, let nonce):
            output.note(held.message)
            if !held.isBroken {
                let question = "break it? The run stops where it is, and is not rolled back"
                guard try await confirmationOptions.allow(question, in: context, output) else {
                    report("held", held.owner)
                    output.note("the lease stays as it is")
                    return .failed
                }
                let who = RunOrigin(environment: context.environment).who
                guard try await url.breakLease(heldAs: nonce, by: who, in: stepContext) else {
                    report("free")
                    output.note("that run has ended meanwhile, so there was nothing to break")
                    return .success
                }
            }
            report("broken", held.owner)
            output.note(
                "the lease is broken: that run stops at its next write, and another one can have the store in a minute")
            return .success
        }
    }
}

extension JSONDocument {
    /// What `runner unlock` has found and done.
    ///
    /// - Parameter state: `free`, `held` or `broken`.
    static func unlocked(_ store: String, state: String, owner: LeaseOwner?) -> JSONDocument {
        JSONDocument(
            schema: "runner.lease/1", type: "lease",
            fields: ["store": .text(store), "state": .text(state), "owner": owner?.document ?? .null])
    }
}
