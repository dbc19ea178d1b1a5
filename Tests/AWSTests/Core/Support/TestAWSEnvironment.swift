import FoundationEssentials
import HTTP
import PipelineKit
import Synchronization
import SystemPackage
import TestSupport

@testable import AWS

/// A world with the files, variables and servers that a test names.
struct TestWorld {
    let clock = TestClock()
    let http: ScriptedHTTP
    /// The secrets that must be masked from now on.
    let noted = Recorder()
    var environment: [String: String]
    var files: [FilePath: String]
    var processes: any ProcessRunner

    init(
        _ environment: [String: String] = [:], files: [FilePath: String] = [:], _ script: [ScriptedHTTP.Answer] = [],
        processes: any ProcessRunner = NoProcesses()
    ) {
        self.environment = ["HOME": "/home/me"].merging(environment) { $1 }
        self.files = files
        self.processes = processes
        http = ScriptedHTTP(script)
    }

    var awsEnvironment: AWSEnvironment {
        var world = AWSEnvironment(
            environment: environment, folder: "/project", readFile: { [files] in files[$0].map { Array($0.utf8) } },
            http: http, clock: clock, random: RandomSource { 0.5 }, processes: processes, logger: .silent)
        world.noteSecret = { [noted] in noted.note($0) }
        return world
    }

    func endpoints(_ settings: AWSSettings = AWSSettings()) async throws -> Endpoints {
        try settings.endpoints(awsEnvironment, try await SharedProfiles.read(awsEnvironment))
    }

    func chain(_ settings: AWSSettings = AWSSettings()) async throws -> CredentialChain {
        let profiles = try await SharedProfiles.read(awsEnvironment)
        return CredentialChain(
            awsEnvironment, settings, profiles: profiles, endpoints: try settings.endpoints(awsEnvironment, profiles))
    }

    /// What a client signs with.
    func signing() async throws -> Credentials {
        let client = try await AWSClient(AWSSettings(), in: awsEnvironment)
        return try await client.credentials.credentials()
    }

    /// What the chain finds; nil if it finds nothing.
    func find(_ settings: AWSSettings = AWSSettings()) async throws -> Credentials? {
        if case .found(let credentials) = try await chain(settings).find() { credentials } else { nil }
    }

    /// What the chain says that it cannot do.
    func failure(_ settings: AWSSettings = AWSSettings()) async -> CredentialError? {
        do {
            switch try await chain(settings).find() {
            case .found: return nil
            case .absent(let reasons): return CredentialChain.nothing(reasons)
            }
        } catch {
            return error as? CredentialError
        }
    }
}

/// Prints what it is told to.
final class ScriptedProcess: ProcessRunner {
    private let lines: [OutputLine]
    private let status: ExitStatus
    private let ran = Mutex<[Command]>([])

    init(_ output: String, errors: String = "", status: ExitStatus = .exited(0)) {
        lines =
            output.split(separator: "\n").map { OutputLine(.output, String($0)) }
            + errors.split(separator: "\n").map { OutputLine(.error, String($0)) }
        self.status = status
    }

    var commands: [Command] { ran.withLock { $0 } }

    func run(_ command: Command, output: @escaping @Sendable (OutputLine) -> Void) async throws -> ExitStatus {
        ran.withLock { $0.append(command) }
        for line in lines { output(line) }
        return status
    }
}

enum STSReply {
    static func role(_ id: String, by operation: String = "AssumeRole") -> String {
        """
        <\(operation)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(operation)Result><Credentials>
        <AccessKeyId>\(id)</AccessKeyId><SecretAccessKey>s3cr3t-\(id)</SecretAccessKey>
        <SessionToken>t0k3n-\(id)</SessionToken><Expiration>2026-01-01T01:00:00Z</Expiration></Credentials>
        </\(operation)Result></\(operation)Response>
        """
    }
}

extension HTTPRequest {
    /// The fields of a form, decoded as far as the tests need it.
    var form: [String: String] {
        guard case .bytes(let bytes) = body else { return [:] }
        let pairs = String(decoding: bytes, as: UTF8.self).split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return (parts[0], parts[1].replacing("%3A", with: ":").replacing("%2F", with: "/"))
        }
        return Dictionary(pairs) { $1 }
    }
}
