/// First in, first out, at constant cost.
struct Queue<Element> {
    private var elements: [Element] = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }
    var first: Element? { isEmpty ? nil : elements[head] }

    mutating func append(_ element: Element) {
        elements.append(element)
    }

    mutating func popFirst() -> Element? {
        guard let first else { return nil }
        head += 1
        // Half of the array is used up: moving the rest costs no more than the pops before it.
        if head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return first
    }

    /// Takes out all that match, and gives them.
    mutating func remove(where matches: (Element) -> Bool) -> [Element] {
        let removed = elements[head...].filter(matches)
        if !removed.isEmpty {
            elements = elements[head...].filter { !matches($0) }
            head = 0
        }
        return removed
    }
}
