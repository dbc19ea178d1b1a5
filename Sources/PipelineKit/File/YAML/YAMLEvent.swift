/// What a YAML text is made of, in its order, as the YAML specification names it. Stream starts are left out.
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
    /// Where it starts: its anchor or tag, where it has one.
    var mark: SourceMark
    /// The name in `&name`.
    var anchor: String? = nil
    /// Whether a tag such as `!!str` is written before it.
    var hasTag = false
}

/// Where libyaml could not read on, in its words.
struct YAMLSyntaxError: Error {
    /// Such as "did not find expected key".
    var problem: String
    var mark: SourceMark
    /// What was being read, such as "while parsing a block mapping", and where that starts.
    var context: (text: String, mark: SourceMark)?
}
