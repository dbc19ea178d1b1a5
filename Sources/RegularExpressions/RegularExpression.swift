public import PipelineKit

/// A regular expression that is searched for in time proportional to the text's length.
///
/// All paths through the expression are followed at once, so the search never tries the same place twice. What this
/// cannot do (back references, look-around) is refused. `docs/smoke.md` has the syntax.
public struct RegularExpression: Hashable, Sendable, CustomStringConvertible {
    public let pattern: String
    private let program: Program
    private let budget: Int

    /// - Parameter budget: the limit of one search, in steps of the matcher.
    /// - Throws: an error that says what cannot be read, and what to write instead.
    public init(_ pattern: String, budget: Int = Self.secondsWork) throws(RegularExpressionError) {
        var parser = Parser(pattern)
        program = try Program(of: parser.parse())
        self.pattern = pattern
        self.budget = budget
    }

    /// Less than a second's work: a step takes at most 10 ns. A character that leads to known states costs none, so
    /// most expressions need a few thousand steps for a page of any length.
    public static let secondsWork = 75_000_000

    public var description: String { pattern }

    /// True if it matches somewhere in one of the texts.
    ///
    /// - Parameter flag: ends the search within a millisecond.
    /// - Throws: `TooMuchWork` if the texts together need more than the budget; `CancellationError` once the flag is
    ///   raised.
    public func isFound(in texts: [String], until flag: CancellationFlag) throws -> Bool {
        var matcher = Matcher(program, budget: budget, flag)
        for var text in texts {
            if try text.withUTF8({ try matcher.isFound(in: $0) }) { return true }
        }
        return false
    }

    /// The matcher would have to follow too many paths through the expression, on too long a text.
    public struct TooMuchWork: Error {
        /// How far it got, in bytes.
        public var offset: Int
    }

    public static func == (left: Self, right: Self) -> Bool { left.pattern == right.pattern }

    public func hash(into hasher: inout Hasher) { hasher.combine(pattern) }
}

/// Why a text is not a regular expression, or not one that can be matched in linear time.
public struct RegularExpressionError: Error, Hashable, Sendable {
    /// A sentence without its subject: "has a `(` without its `)`".
    public var reason: String
    /// What to write instead.
    public var help: String

    init(_ reason: String, help: String) {
        self.reason = reason
        self.help = help
    }
}
