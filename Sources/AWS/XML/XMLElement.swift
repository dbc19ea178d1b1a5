/// An element of a document. Names are compared without their prefix: AWS uses one namespace per document.
public struct XMLElement: Sendable {
    let document: XMLTree
    let index: Int

    private var node: XMLTree.Node { document.nodes[index] }

    /// The name without its prefix.
    public var name: String {
        String(decoding: document.bytes[localName], as: UTF8.self)
    }

    /// From the first byte of its start tag to the last of its end tag.
    public var range: Range<Int> { Int(node.whole.0)..<Int(node.whole.1) }

    /// The bytes between its tags; nil for `<Name/>`.
    public var contentRange: Range<Int>? {
        node.isEmptyTag ? nil : Int(node.content.0)..<Int(node.content.1)
    }

    /// The name as it is in the tag, with its prefix.
    public var nameRange: Range<Int> { Int(node.name.0)..<Int(node.name.1) }

    /// The elements directly inside, in order.
    public var children: Children { Children(document: document, link: Int(node.firstChild)) }

    public func children(_ name: String) -> some Sequence<XMLElement> {
        children.lazy.filter { $0.isNamed(name) }
    }

    /// The first element with that name directly inside.
    public subscript(name: String) -> XMLElement? {
        children.first { $0.isNamed(name) }
    }

    /// The first element at the end of a path of names, such as `["Origins", "Items"]`.
    public func at(_ path: [String]) -> XMLElement? {
        path.reduce(Optional(self)) { $0?[$1] }
    }

    /// The text of the first element with that name directly inside.
    public func text(_ name: String) -> String? {
        self[name]?.text
    }

    /// The text of an element that must be there.
    ///
    /// - Throws: `unexpected`.
    public func required(_ name: String) throws(XMLError) -> String {
        guard let child = self[name] else { throw missing(name) }
        return child.text
    }

    /// A whole number that must be there.
    ///
    /// - Throws: `unexpected`.
    public func requiredInteger(_ name: String) throws(XMLError) -> Int {
        guard let child = self[name] else { throw missing(name) }
        guard let value = Int(child.text) else {
            throw XMLError(.unexpected, at: child.range.lowerBound, "<\(name)> is not a whole number")
        }
        return value
    }

    public func isNamed(_ name: String) -> Bool {
        document.bytes[localName].elementsEqual(name.utf8)
    }

    func missing(_ name: String) -> XMLError {
        XMLError(.unexpected, at: range.lowerBound, "<\(self.name)> has no <\(name)>")
    }

    private var localName: Range<Int> {
        let range = nameRange
        guard let colon = document.bytes[range].lastIndex(of: UInt8(ascii: ":")) else { return range }
        return colon + 1..<range.upperBound
    }

    public struct Children: Sequence, IteratorProtocol, Sendable {
        let document: XMLTree
        var link: Int

        public mutating func next() -> XMLElement? {
            guard link != 0 else { return nil }
            defer { link = Int(document.nodes[link].nextSibling) }
            return XMLElement(document: document, index: link)
        }
    }
}
