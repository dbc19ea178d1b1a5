public import PipelineKit

extension StepOptions {
    /// Options as a pipeline file gives them, read and checked in the same way.
    ///
    /// - Throws: `WrongOptions` with everything that is wrong with them.
    public static func test(_ fields: [String: Value]) throws -> Self {
        let problems = ProblemList()
        let options = read(Node(.object(fields), at: SourceMark(line: 1, column: 1)), problems)
        guard let options, problems.errors.isEmpty else { throw WrongOptions(problems: problems.errors) }
        return options
    }

    /// What is wrong with options; empty if nothing is.
    public static func problems(_ fields: [String: Value]) -> [Problem] {
        do {
            _ = try test(fields)
            return []
        } catch {
            return (error as? WrongOptions)?.problems ?? []
        }
    }
}

public struct WrongOptions: Error {
    public var problems: [Problem]
}
