/// An element with a key. Streams of such elements are sorted by the bytes of their keys, and each key comes once.
package protocol Keyed {
    var key: String { get }
}

extension ManifestEntry: Keyed {}
extension StoredFile: Keyed {}
extension Asset: Keyed {}
extension ListedFile: Keyed {}

/// Joins two sorted streams side by side, row by row, each key once.
///
/// The next element of a stream is read only after the caller is done with the row before.
struct MergeJoin<Left: Keyed, Right: Keyed> {
    enum Row {
        case left(Left)
        case right(Right)
        case both(Left, Right)
    }

    private let nextLeft: () throws -> Left?
    private let nextRight: () throws -> Right?
    private var left: Left?
    private var right: Right?
    private var takesLeft = true
    private var takesRight = true

    init(_ left: @escaping () throws -> Left?, _ right: @escaping () throws -> Right?) {
        (nextLeft, nextRight) = (left, right)
    }

    /// - Returns: nil when both streams are at their ends.
    mutating func next() throws -> Row? {
        if takesLeft { left = try nextLeft() }
        if takesRight { right = try nextRight() }
        switch (left, right) {
        case (nil, nil): (takesLeft, takesRight) = (false, false)
        case (_?, nil): (takesLeft, takesRight) = (true, false)
        case (nil, _?): (takesLeft, takesRight) = (false, true)
        case (let left?, let right?):
            let order = left.key.orderByBytes(right.key)
            (takesLeft, takesRight) = (order <= 0, order >= 0)
        }
        switch (left, right) {
        case (let left?, let right?) where takesLeft && takesRight: return .both(left, right)
        case (let left?, _) where takesLeft: return .left(left)
        case (_, let right?) where takesRight: return .right(right)
        default: return nil
        }
    }
}

/// Looks up keys in a sorted stream: a merge join whose other side is any loop that asks for its keys in the order of
/// their bytes. The loop may await.
///
/// It belongs to the task that asks.
package final class SortedLookup<Element: Keyed> {
    private let stream: () throws -> Element?
    private let unasked: ((Element) throws -> Void)?
    private var coming: Element?
    private var wasAsked = false

    /// Takes the first element.
    ///
    /// - Parameter unasked: gets each element that nobody has asked for, in order.
    package init(_ stream: @escaping () throws -> Element?, unasked: ((Element) throws -> Void)? = nil) throws {
        self.stream = stream
        self.unasked = unasked
        coming = try stream()
    }

    /// - Parameter key: the same key as before, or a later one.
    package func element(_ key: String) throws -> Element? {
        while let element = coming {
            let order = element.key.orderByBytes(key)
            if order == 0 {
                wasAsked = true
                return element
            }
            if order > 0 { return nil }
            try advance(past: element)
        }
        return nil
    }

    /// Comes to the end of the stream: no key will be asked for any more.
    package func finish() throws {
        while let element = coming { try advance(past: element) }
    }

    private func advance(past element: Element) throws {
        if !wasAsked { try unasked?(element) }
        wasAsked = false
        coming = try stream()
    }
}
