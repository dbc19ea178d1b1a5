internal import CYaml

/// Runs libyaml's parser one event at a time. Nothing is built that the caller did not request, so that reading a
/// hostile file can stop at the first limit that it exceeds.
struct YAMLParser: ~Copyable {
    // Both are on the heap, because libyaml keeps pointers to them.
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let text: UnsafeMutableBufferPointer<UInt8>

    init(_ source: String) {
        var source = source
        text = source.withUTF8 { utf8 in
            let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: utf8.count)
            _ = copy.initialize(from: utf8)
            return copy
        }
        precondition(yaml_parser_initialize(parser) == 1, "out of memory")
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    /// Returns the next event. Do not call it after `streamEnd` or an error.
    mutating func next() throws(YAMLSyntaxError) -> YAMLEvent {
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw error }
            defer { yaml_event_delete(&event) }
            precondition(event.type != YAML_NO_EVENT, "the parser was asked on behind its end")
            if let read = YAMLEvent(event) { return read }
        }
    }

    private var error: YAMLSyntaxError {
        YAMLSyntaxError(
            problem: parser.pointee.problem.map { String(cString: $0) } ?? "out of memory",
            mark: SourceMark(parser.pointee.problem_mark),
            context: parser.pointee.context.map { (String(cString: $0), SourceMark(parser.pointee.context_mark)) })
    }
}

extension YAMLEvent {
    /// - Returns: nil for the start of the stream.
    fileprivate init?(_ event: yaml_event_t) {
        let mark = SourceMark(event.start_mark)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: self.init(kind: .documentStart, mark: mark)
        case YAML_DOCUMENT_END_EVENT: self.init(kind: .documentEnd, mark: mark)
        case YAML_STREAM_END_EVENT: self.init(kind: .streamEnd, mark: mark)
        case YAML_ALIAS_EVENT: self.init(kind: .alias(name: Self.text(event.data.alias.anchor) ?? ""), mark: mark)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            // The length is passed, because a quoted text can contain U+0000.
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            self.init(
                kind: .scalar(text: text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), mark: mark,
                anchor: Self.text(scalar.anchor), hasTag: scalar.tag != nil)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            self.init(kind: .sequenceStart, mark: mark, anchor: Self.text(start.anchor), hasTag: start.tag != nil)
        case YAML_SEQUENCE_END_EVENT: self.init(kind: .sequenceEnd, mark: mark)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            self.init(kind: .mappingStart, mark: mark, anchor: Self.text(start.anchor), hasTag: start.tag != nil)
        case YAML_MAPPING_END_EVENT: self.init(kind: .mappingEnd, mark: mark)
        default: return nil
        }
    }

    private static func text(_ name: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        name.map { String(cString: $0) }
    }
}

extension SourceMark {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1)
    }
}
