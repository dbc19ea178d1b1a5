internal import SystemPackage

/// Starts the programs of one step, each with the step's lock.
struct StepProcesses: ProcessRunner {
    let processes: any ProcessRunner
    /// Called for each program. Its folder must be there then.
    let lock: @Sendable () -> FilePath

    func run(
        _ command: Command, output: @escaping @Sendable (OutputLine) -> Void
    ) async throws -> ExitStatus {
        try await processes.run(locked(command), output: output)
    }

    func run(
        _ command: Command, background policy: BackgroundPolicy, output: @escaping @Sendable (OutputLine) -> Void
    ) async throws -> ExitStatus {
        try await processes.run(locked(command), background: policy, output: output)
    }

    func check(_ command: Command) throws { try processes.check(command) }

    func holders(of lock: FilePath) throws -> [LeftProgram]? { try processes.holders(of: lock) }

    func endHolders(of lock: FilePath) async throws -> Bool { try await processes.endHolders(of: lock) }

    private func locked(_ command: Command) -> Command {
        var command = command
        command.lock = lock()
        return command
    }
}
