/// One part of a YAML text, named as in the YAML specification. Stream starts are left out.
struct YAMLEvent: Sendable {
    enum Kind: Sendable {
        case documentStart
        case documentEnd
        case streamEnd
        /// `*name`.
        case alias(name: String)
        /// `isPlain` is false for quoted and block scalars.
        case scalar(text: String, isPlain: Bool)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
    }

    var kind: Kind
    /// Where it starts, including its anchor or tag if it has one.
    var mark: SourceMark
    /// The name in `&name`.
    var anchor: String? = nil
    /// True if a tag such as `!!str` is written before it.
    var hasTag = false
}

/// A syntax error: the place where libyaml stopped, and the reason in its words.
struct YAMLSyntaxError: Error {
    /// The problem, such as "did not find expected key".
    var problem: String
    var mark: SourceMark
    /// What was being read, such as "while parsing a block mapping", and where that starts.
    var context: (text: String, mark: SourceMark)?
}
