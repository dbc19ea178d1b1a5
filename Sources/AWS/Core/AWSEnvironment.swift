public import HTTP
public import Logging
public import PipelineKit
public import SystemPackage

/// What finding credentials, regions and endpoints may use of the world.
public struct AWSEnvironment: Sendable {
    public var environment: [String: String]
    /// Where commands run and relative paths start.
    public var folder: FilePath
    /// A file's content; nil where there is no such file. Throws `FileError`.
    public var readFile: @Sendable (FilePath) async throws -> [UInt8]?
    public var http: any HTTPClient
    public var clock: any RunClock
    public var random: RandomSource
    public var processes: any ProcessRunner
    public var logger: Logger

    public init(
        environment: [String: String], folder: FilePath,
        readFile: @escaping @Sendable (FilePath) async throws -> [UInt8]?, http: any HTTPClient, clock: any RunClock,
        random: RandomSource, processes: any ProcessRunner, logger: Logger
    ) {
        self.environment = environment
        self.folder = folder
        self.readFile = readFile
        self.http = http
        self.clock = clock
        self.random = random
        self.processes = processes
        self.logger = logger
    }

    /// Those of a step, with its own `env:` over the process's.
    public init(_ context: StepContext) {
        self.init(
            environment: context.environment.merging(context.stepEnvironment) { $1 }, folder: context.project.folder,
            readFile: Self.readSmallFile, http: context[HTTPKey.self], clock: context.clock, random: context.random,
            processes: context.processes, logger: context.logger)
    }

    /// A variable that is set, and not to nothing.
    func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// `~/` is the home folder.
    func path(_ text: String) -> FilePath {
        guard text == "~" || text.hasPrefix("~/"), let home = variable("HOME") else {
            return Project(folder: folder).path(text)
        }
        return Project(folder: folder).path(home + text.dropFirst())
    }

    private static func readSmallFile(_ path: FilePath) async throws -> [UInt8]? {
        try await BlockingWork.run { _ in
            do {
                return try DurableFile.read(path, limit: 4 << 20)
            } catch let error as FileError where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
                return nil
            }
        }
    }
}
