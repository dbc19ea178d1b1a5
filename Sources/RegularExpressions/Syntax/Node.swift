/// A part of a parsed expression. Groups have no node of their own.
indirect enum Node: Sendable {
    case empty
    /// One scalar of the set.
    case scalar(ScalarSet)
    case sequence([Node])
    case alternatives([Node])
    /// `most` is nil for any number.
    case repeated(Node, least: Int, most: Int?)
    case assertion(Assertion)

    /// An estimate of how many instructions it becomes; never too low, and at most `Int.max`.
    var size: Int {
        switch self {
        case .empty, .scalar, .assertion: 1
        case .sequence(let nodes): nodes.reduce(1) { $0.addingWithoutOverflow($1.size) }
        case .alternatives(let nodes): nodes.reduce(1) { $0.addingWithoutOverflow($1.size).addingWithoutOverflow(2) }
        case .repeated(let node, let least, let most):
            node.size.addingWithoutOverflow(1).multipliedWithoutOverflow(by: Swift.max(most ?? least + 1, 1))
                .addingWithoutOverflow(1)
        }
    }
}

/// What must be true of a place between two characters.
enum Assertion: Hashable, Sendable {
    case textStart, lineStart
    case textEnd
    /// The text's end, or the place before a line feed that is its last character.
    case textEndOrLastLineFeed
    case lineEnd
    case wordBoundary, noWordBoundary
}

extension Int {
    fileprivate func addingWithoutOverflow(_ other: Int) -> Int {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? .max : sum
    }

    fileprivate func multipliedWithoutOverflow(by other: Int) -> Int {
        let (product, isOver) = multipliedReportingOverflow(by: other)
        return isOver ? .max : product
    }
}
