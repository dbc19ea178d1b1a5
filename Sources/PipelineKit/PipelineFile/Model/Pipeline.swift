internal import Digest
public import SystemPackage

/// A pipeline file that was read and found valid. Everything that does not depend on a run is filled in.
public struct Pipeline: Sendable {
    public var name: String
    /// The path that the reader was given.
    public var path: FilePath
    /// The file's bytes.
    var source: [UInt8] = []
    public var inputs: [PipelineInput]
    /// The variables in the order of the file: a later one may use an earlier one.
    public var variables: [PipelineVariable]
    public var secrets: [SecretDeclaration]
    /// The time limit of the whole run, not counting the rollback.
    public var timeout: Duration?
    public var concurrency: Concurrency
    /// True if the file says `journal: local`: the journal stays on this machine, and no store gets a copy.
    public var keepsJournalLocal: Bool
    /// The URL of the bucket that keeps journals in place of the store; nil for the store itself.
    public var state: String?
    public var onUnfinished: UnfinishedPolicy
    public var onFailure: FailurePolicy
    public var steps: [PipelineStep]
    public var finally: [PipelineStep]

    public init(
        name: String, path: FilePath, inputs: [PipelineInput] = [],
        variables: [PipelineVariable] = [], secrets: [SecretDeclaration] = [], timeout: Duration? = nil,
        concurrency: Concurrency = .standard, keepsJournalLocal: Bool = false, state: String? = nil,
        onUnfinished: UnfinishedPolicy = .recover, onFailure: FailurePolicy = .rollback,
        steps: [PipelineStep], finally: [PipelineStep] = []
    ) {
        self.name = name
        self.path = path
        self.inputs = inputs
        self.variables = variables
        self.secrets = secrets
        self.timeout = timeout
        self.concurrency = concurrency
        self.keepsJournalLocal = keepsJournalLocal
        self.state = state
        self.onUnfinished = onUnfinished
        self.onFailure = onFailure
        self.steps = steps
        self.finally = finally
    }

    /// The SHA-256 of the file's bytes in 64 hexadecimal digits, for a resumed run to compare.
    public var digest: String { SHA256.hash(source).description }

    /// The step with an id, of `steps` or of `finally`.
    public func step(_ id: String) -> PipelineStep? {
        steps.first { $0.id == id } ?? finally.first { $0.id == id }
    }

    /// Where the file has a step, such as `pipelines/deploy.yml:31:5`.
    ///
    /// - Parameter folder: if the file is below it, the path is relative to it.
    /// - Returns: nil if there is no such step.
    public func place(of step: String, from folder: FilePath? = nil) -> String? {
        guard let mark = self.step(step)?.mark else { return nil }
        var file = path
        if let folder { _ = file.removePrefix(folder) }
        return "\(file):\(mark.line):\(mark.column)"
    }

    /// The environment variables that hold its secrets.
    var secretVariables: Set<String> {
        Set(
            secrets.compactMap { secret in
                if case .environment(let variable) = secret.source { variable } else { nil }
            })
    }

    /// The inputs' values by name; null if an input has none.
    public var inputValues: [String: Value] {
        Dictionary(inputs.map { ($0.name, $0.value) }) { first, _ in first }
    }

    /// The scope in which the first step is expanded.
    ///
    /// - Throws: `ExpressionError` if a variable cannot be computed.
    public func scope(
        runID: String, secrets: [String: String], environment: [String: String]
    ) throws -> Scope {
        var scope = Scope(
            inputs: inputValues, secrets: secrets, environment: environment, runID: runID, pipeline: name)
        for variable in variables {
            scope.vars[variable.name] = try variable.value.expandedValue(in: scope)
        }
        return scope
    }
}

/// What the engine does after a step has failed for good.
public enum FailurePolicy: String, Hashable, Sendable, Codable, OptionChoice {
    /// Undo the finished steps and the interrupted one, in reverse.
    case rollback
    /// Leave everything as it is.
    case stop
}

/// What a new run does if it finds that another one of its store did not end.
public enum UnfinishedPolicy: String, Hashable, Sendable, Codable, OptionChoice {
    /// Finish it first.
    case recover
    /// Stop, before anything is changed.
    case stop
}

/// Controls whether a run takes the leases of what it changes.
public enum Concurrency: Hashable, Sendable {
    /// Takes them, and waits this long for another run to release them.
    case lease(wait: Duration)
    /// Takes none.
    case none

    public static let standard = Concurrency.lease(wait: .seconds(600))
}
