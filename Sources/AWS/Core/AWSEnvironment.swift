public import HTTP
public import Logging
public import PipelineKit
public import SystemPackage

/// The parts of the system that the search for credentials, regions and endpoints may use.
public struct AWSEnvironment: Sendable {
    public var environment: [String: String]
    /// The whole environment of a command that prints credentials.
    public var commandEnvironment: [String: String]
    /// The folder in which commands run and relative paths start.
    public var folder: FilePath
    /// Reads a file's content; nil if there is no such file. Throws `FileError`.
    public var readFile: @Sendable (FilePath) async throws -> [UInt8]?
    public var http: any HTTPClient
    public var clock: any RunClock
    public var random: RandomSource
    public var processes: any ProcessRunner
    public var logger: Logger
    /// Gets each secret that the search for credentials meets.
    var noteSecret: @Sendable (String) -> Void = { _ in }

    public init(
        environment: [String: String], folder: FilePath,
        readFile: @escaping @Sendable (FilePath) async throws -> [UInt8]?, http: any HTTPClient, clock: any RunClock,
        random: RandomSource, processes: any ProcessRunner, logger: Logger, commandEnvironment: [String: String]? = nil
    ) {
        self.environment = environment
        self.commandEnvironment = commandEnvironment ?? environment
        self.folder = folder
        self.readFile = readFile
        self.http = http
        self.clock = clock
        self.random = random
        self.processes = processes
        self.logger = logger
    }

    /// The environment of a step, with its own `env:` over the process's.
    ///
    /// In a plan, the step's `env` does not choose the files of settings: the pipeline file may be a stranger's, and such
    /// a file names a command to start.
    public init(_ context: StepContext) {
        var own = context.stepEnvironment
        if context.isPlan { for name in Self.settingsVariables { own[name] = nil } }
        self.init(
            environment: context.environment.merging(own) { $1 }, folder: context.project.folder,
            readFile: Self.readSmallFile, http: context[HTTPKey.self], clock: context.clock, random: context.random,
            processes: context.processes, logger: context.logger, commandEnvironment: context.toolEnvironment)
        noteSecret = context.noteSecret
    }

    /// Keeps a secret out of everything that leaves the process.
    func note(secret: String?) {
        if let secret, secret.count >= KnownSecrets.leastLength { noteSecret(secret) }
    }

    func note(_ credentials: Credentials) {
        note(secret: credentials.secretAccessKey)
        note(secret: credentials.sessionToken)
    }

    private static let settingsVariables = ["HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]

    /// The value of a variable; nil if it is unset or empty.
    func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Expands `~/` to the home folder.
    func path(_ text: String) -> FilePath {
        guard text == "~" || text.hasPrefix("~/"), let home = variable("HOME") else {
            return Project(folder: folder).path(text)
        }
        return Project(folder: folder).path(home + text.dropFirst())
    }

    private static func readSmallFile(_ path: FilePath) async throws -> [UInt8]? {
        // What people name to have no such file.
        if path == "/dev/null" { return [] }
        return try await BlockingWork.run { _ in
            do {
                return try DurableFile.read(path, limit: 4 << 20)
            } catch let error as FileError where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
                return nil
            }
        }
    }
}
