/// Something wrong with a pipeline file, or with what it asks for.
public struct Problem: Hashable, Sendable {
    public enum Severity: String, Sendable { case error, warning }

    /// The source of the problem: the file, or a value that the command line or the environment gives to it.
    public enum Code: String, Sendable {
        case pipelineFile = "pipeline-file"
        case missingInput = "missing-input"
        /// A value comes from an environment variable that is not set.
        case unsetVariable = "unset-variable"
        case unknownInput = "unknown-input"
        case invalidInput = "invalid-input"
    }

    public var severity: Severity
    public var code: Code
    /// The place in the file; nil if the problem concerns the whole file.
    public var mark: SourceMark?
    /// A lower-case sentence without a full stop.
    public var message: String
    /// What to write instead, if that is known.
    public var help: String?
    /// True if a report may show the line; false if the line may contain a secret's value.
    public var showsLine: Bool

    public init(
        _ message: String, at mark: SourceMark?, help: String? = nil, severity: Severity = .error,
        code: Code = .pipelineFile, showsLine: Bool = true
    ) {
        self.severity = severity
        self.showsLine = showsLine
        self.code = code
        self.mark = mark
        self.message = message
        self.help = help
    }
}

/// Collects problems while a file is read, so that all of them are reported at once.
///
/// It belongs to the one task that reads the file.
public final class ProblemList {
    public private(set) var problems: [Problem] = []
    /// How many of them are errors. It is asked for before and after every value that is read.
    public private(set) var errorCount = 0

    public init() {}

    public func add(
        _ message: String, at mark: SourceMark?, help: String? = nil, code: Problem.Code = .pipelineFile
    ) {
        add(Problem(message, at: mark, help: help, code: code))
    }

    func add(_ problem: Problem) {
        var problem = problem
        if let mark = problem.mark, problem.code == .pipelineFile, problem.severity == .error, given.contains(mark) {
            problem.code = .invalidInput
        }
        problems.append(problem)
        if problem.severity == .error { errorCount += 1 }
    }

    /// Places whose value the command line or the environment has given: a problem there is not the file's fault.
    private var given: Set<SourceMark> = []

    func noteGiven(at mark: SourceMark) { given.insert(mark) }

    public func warn(_ message: String, at mark: SourceMark?, help: String? = nil) {
        problems.append(Problem(message, at: mark, help: help, severity: .warning))
    }

    /// Says of the problems from a position on that options count as left out, because their expressions gave null.
    func explain(since position: Int, by absences: [(option: String, absence: Absence)]) {
        guard let (option, absence) = absences.first else { return }
        for index in problems.indices.dropFirst(position) where problems[index].severity == .error {
            problems[index].help = "\(absence.reason), so `\(option)` counts as left out: \(absence.help)"
            if absence.isOfEnvironment { problems[index].code = absence.code }
        }
    }

    public var errors: [Problem] {
        problems.filter { $0.severity == .error }
    }

    /// The problems in the order of the file; those without a place come first.
    public var sorted: [Problem] {
        let indexed = problems.enumerated().sorted { left, right in
            let (leftMark, rightMark) = (left.element.mark, right.element.mark)
            if leftMark == rightMark { return left.offset < right.offset }
            guard let leftMark else { return true }
            guard let rightMark else { return false }
            return leftMark < rightMark
        }
        return indexed.map(\.element)
    }
}
