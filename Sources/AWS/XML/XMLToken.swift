/// A piece of a document. All ranges are byte ranges; joined in order, the pieces' ranges cover the whole document.
enum XMLToken: Hashable, Sendable {
    /// `<name attributes>`, or `<name attributes/>`.
    case startTag(name: Range<Int>, isEmpty: Bool, whole: Range<Int>)
    case endTag(name: Range<Int>, whole: Range<Int>)
    /// Text outside the root element: white space, or a byte order mark.
    case text(Range<Int>)
    /// `content` is between `<![CDATA[` and `]]>`.
    case cdata(content: Range<Int>, whole: Range<Int>)
    case comment(whole: Range<Int>)
    /// A processing instruction, or the XML declaration.
    case processingInstruction(whole: Range<Int>)

    var range: Range<Int> {
        switch self {
        case .startTag(_, _, let whole), .endTag(_, let whole), .cdata(_, let whole): whole
        case .text(let whole), .comment(let whole), .processingInstruction(let whole): whole
        }
    }
}
