internal import PipelineKit
internal import Synchronization

/// A command that prints credentials: `credential_process`. What it prints is never shown.
struct ProcessCredentials: Sendable {
    private let environment: AWSEnvironment
    private let command: String
    private let profile: String

    init(_ environment: AWSEnvironment, command: String, profile: String) {
        self.environment = environment
        self.command = command
        self.profile = profile
    }

    func credentials() async throws -> Credentials {
        guard let words = ShellWords.split(command), let executable = words.first else {
            throw failure("it is not a command", help: "correct credential_process: a quote may be left open")
        }
        let printed = Mutex<[UInt8]>([])
        let limit = 64 << 10
        let status: ExitStatus
        do {
            status = try await environment.processes.run(
                Command(
                    executable, Array(words.dropFirst()), environment: environment.commandEnvironment,
                    directory: environment.folder)
            ) { line in
                guard line.stream == .output else { return }
                printed.withLock { if $0.count < limit { $0 += Array(line.text.utf8) + [0x0a] } }
            }
        } catch let error as any DescribedError {
            throw failure(error.message, help: error.help)
        }
        guard status.isSuccess else {
            throw failure("it ended with \(status)", help: "run it by hand: \(executable) …")
        }
        guard let document = CredentialDocument(printed.withLock { $0 }), document.version == 1,
            let credentials = document.credentials
        else {
            throw failure(
                "it did not print credentials",
                help: "it must print {\"Version\": 1, \"AccessKeyId\": …, \"SecretAccessKey\": …}")
        }
        return credentials
    }

    private func failure(_ reason: String, help: String?) -> CredentialError {
        CredentialError(
            .unusable, "the credential_process of the AWS profile '\(profile)' gave no credentials: \(reason)",
            help: help)
    }
}
