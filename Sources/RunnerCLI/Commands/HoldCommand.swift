internal import ArgumentParser
internal import PipelineKit
internal import Releases
internal import SystemPackage

struct HoldCommand: RunningCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Stops later deploys into a store.",
        discussion: """
            From then on a deploy into STORE ends before it uploads anything, with REASON, who has put the store on hold, and \
            since when. What is live stays live. Ways back (`rollback`, and `switch-origin` with `allow-older: true`) are not \
            stopped, and neither is a switch that has begun. Another hold replaces the first one.

              runner hold s3://my-bucket/my-site --reason 'v2 breaks the shop, see #12'
              runner unhold s3://my-bucket/my-site

            Exit status: 0 the store is on hold; 1 it is as it was; 64 wrong usage, or there is no such store.
            """)

    @OptionGroup var storeOptions: HeldStoreOptions
    @ArgumentParser.Option(
        name: .long, help: ArgumentHelp("Why, for those whose deploys stop.", valueName: "text"))
    var reason: String
    @Flag(name: .shortAndLong, help: "Print errors only.") var quiet = false
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if reason.allSatisfy(\.isWhitespace) { throw ValidationError("`--reason` must say why") }
    }

    var changesThings: Bool { true }
    var runsSteps: Bool { false }

    func run(in context: CommandContext) async throws -> Exit {
        let hold = Hold(
            reason: SanitizedLine.clean(reason), by: RunOrigin(environment: context.environment).who,
            since: context.clock.date.timestamp)
        let (store, earlier) = try await storeOptions.withStore(in: context) { store in
            var hold = hold
            hold.since = store.date(context.clock.date).timestamp
            return (store.resource.url, try await store.putOnHold(hold))
        }
        let output = outputOptions.output(on: context.console, quiet ? .quiet : .normal)
        output.document(.hold(hold, of: store))
        output.note(
            "\(store) is on hold: deploys into it stop until `\(ProgramName.current) unhold \(ShellWord.quoted(store))`"
        )
        if let earlier { output.note(SanitizedText.clean("before, it was on hold \(earlier.sentence)")) }
        return .success
    }
}

struct UnholdCommand: RunningCommand, OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "unhold", abstract: "Lets deploys into a store continue.",
        discussion: """
            Takes back what `runner hold`, or a step with `hold: true`, has done.

              runner unhold /srv/www/my-site

            Exit status: 0 deploys may continue, also if the store was not on hold; 1 it is as it was; 64 wrong usage, or there \
            is no such store.
            """)

    @OptionGroup var storeOptions: HeldStoreOptions
    @Flag(name: .shortAndLong, help: "Print errors only.") var quiet = false
    @OptionGroup var outputOptions: OutputOptions

    var changesThings: Bool { true }
    var runsSteps: Bool { false }

    func run(in context: CommandContext) async throws -> Exit {
        let (store, lifted) = try await storeOptions.withStore(in: context) { store in
            (store.resource.url, try await store.liftHold())
        }
        let output = outputOptions.output(on: context.console, quiet ? .quiet : .normal)
        output.document(.unhold(lifted, of: store))
        output.note(
            SanitizedText.clean(
                lifted.map { "deploys into \(store) may continue; it was on hold \($0.sentence)" }
                    ?? "\(store) was not on hold"))
        return .success
    }
}

/// The store that a hold is about.
struct HeldStoreOptions: ParsableArguments {
    @Argument(help: "The store: a folder, or a bucket and prefix.", completion: .directory) var store: String
    @ArgumentParser.Option(
        name: .long, help: "Folder at which a relative STORE starts (default: this one).", completion: .directory)
    var project: String?

    /// Opens the store for a write.
    ///
    /// - Throws: `CommandError` `noSuchStore`, `badArgument`; `NewerFormat`.
    func withStore<Result: Sendable>(
        in context: CommandContext, _ body: @escaping @Sendable (any ReleaseStore) async throws -> Result
    ) async throws -> Result {
        let url: StoreURL
        do {
            url = try StoreURL(store)
        } catch let error as StepError {
            throw CommandError.badArgument(error)
        }
        let project = Project(folder: project.map { context.path($0) } ?? context.currentFolder)
        let state = ProjectLocator(around: project.folder).state
        return try await StoreVisit(context: context, project: project, state: state)("hold") { context in
            let store = try await url.open(in: context)
            guard try await store.hasReleases() else { throw CommandError.noSuchStore(store.resource.url) }
            try await StoreFormat.admit(store.resource, in: context)
            return try await body(store)
        }
    }
}

extension JSONDocument {
    /// What `runner hold` has done.
    static func hold(_ hold: Hold, of store: String) -> JSONDocument {
        JSONDocument(
            schema: "runner.hold/1", type: "hold", fields: ["store": .text(store), "hold": hold.document])
    }

    /// What `runner unhold` has done.
    ///
    /// - Parameter lifted: the hold that was there.
    static func unhold(_ lifted: Hold?, of store: String) -> JSONDocument {
        JSONDocument(
            schema: "runner.hold/1", type: "unhold", fields: ["store": .text(store), "hold": lifted?.document ?? .null])
    }
}

extension Hold {
    fileprivate var document: Value {
        ["reason": .text(SanitizedText.clean(reason)), "by": .text(by.map(SanitizedText.clean)), "since": .text(since)]
    }
}
