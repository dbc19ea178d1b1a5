/// A piece of a document. All ranges are of bytes of the document; joined in order, the pieces' ranges are the document.
enum XMLToken: Hashable, Sendable {
    /// `<name attributes>`, or `<name attributes/>`.
    case startTag(name: Range<Int>, isEmpty: Bool, whole: Range<Int>)
    case endTag(name: Range<Int>, whole: Range<Int>)
    /// Outside the root element: white space, or a byte order mark.
    case text(Range<Int>)
    /// `content` lies between `<![CDATA[` and `]]>`.
    case cdata(content: Range<Int>, whole: Range<Int>)
    case comment(whole: Range<Int>)
    /// The XML declaration as well.
    case processingInstruction(whole: Range<Int>)

    var range: Range<Int> {
        switch self {
        case .startTag(_, _, let whole), .endTag(_, let whole), .cdata(_, let whole): whole
        case .text(let whole), .comment(let whole), .processingInstruction(let whole): whole
        }
    }
}
