/// An expression that cannot be read or computed.
public struct ExpressionError: DescribedError {
    public var message: String
    public var help: String?

    /// - Parameter mark: where the text that holds the expression starts.
    init(_ fault: ExpressionFault, at mark: SourceMark) {
        message = "line \(mark.line), column \(mark.column): \(fault.message)"
        help = fault.help
    }

    public var code: String { "expression" }
}

/// A fault in an expression whose place in a file is not known yet.
struct ExpressionFault: Error {
    /// A lower-case sentence without a full stop.
    var message: String
    var help: String?
    /// The offset in Unicode scalars from the start of the text that holds the expression; nil for the whole text.
    var offset: Int?

    init(_ message: String, at offset: Int?, help: String? = nil) {
        self.message = message
        self.offset = offset
        self.help = help
    }
}
