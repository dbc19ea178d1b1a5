/// A well-formed document, as its bytes and the places of its elements in them.
///
/// A list of a thousand keys has some ten thousand elements, so a text becomes a `String` only when it is read.
public struct XMLTree: Sendable {
    public let bytes: [UInt8]
    var nodes: [Node] = []

    /// One element. Positions are in bytes; a link of 0 means none, since the root is nobody's child or sibling.
    struct Node: Sendable {
        var name: (UInt32, UInt32)
        var whole: (UInt32, UInt32)
        var content: (UInt32, UInt32)
        var isEmptyTag: Bool
        var firstChild: UInt32 = 0
        var lastChild: UInt32 = 0
        var nextSibling: UInt32 = 0
    }

    /// - Parameters:
    ///   - maximumBytes: a page of 1,000 keys of 1,024 bytes, each written `%XX`, is less than half of the default.
    ///   - maximumDepth: how deeply elements may be nested.
    /// - Throws: `XMLError`.
    public init(_ bytes: [UInt8], maximumBytes: Int = 8 << 20, maximumDepth: Int = 64) throws(XMLError) {
        self.bytes = bytes
        var tokenizer = try XMLTokenizer(bytes, maximumBytes: maximumBytes, maximumDepth: maximumDepth)
        var open: [Int] = []
        while let token = try tokenizer.next() {
            switch token {
            case .startTag(let name, let isEmpty, let whole):
                let index = nodes.count
                nodes.append(
                    Node(
                        name: Self.pack(name), whole: Self.pack(whole),
                        content: (UInt32(whole.upperBound), UInt32(whole.upperBound)), isEmptyTag: isEmpty))
                if let parent = open.last { link(index, to: parent) }
                if !isEmpty { open.append(index) }
            case .endTag(_, let whole):
                // The tokenizer has made sure that an element is open.
                guard let index = open.popLast() else { continue }
                nodes[index].content.1 = UInt32(whole.lowerBound)
                nodes[index].whole.1 = UInt32(whole.upperBound)
            case .text, .cdata, .comment, .processingInstruction: continue
            }
        }
    }

    public var root: XMLElement { XMLElement(document: self, index: 0) }

    private mutating func link(_ child: Int, to parent: Int) {
        let last = Int(nodes[parent].lastChild)
        if last == 0 {
            nodes[parent].firstChild = UInt32(child)
        } else {
            nodes[last].nextSibling = UInt32(child)
        }
        nodes[parent].lastChild = UInt32(child)
    }

    private static func pack(_ range: Range<Int>) -> (UInt32, UInt32) {
        (UInt32(range.lowerBound), UInt32(range.upperBound))
    }
}
