internal import TextCoding

/// Header fields in the order in which they were sent; a repeated field is kept as often as it came.
public struct HTTPHeaders: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    public struct Field: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public private(set) var fields: [Field]

    public init(_ fields: [Field] = []) {
        self.fields = fields
    }

    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field($0.0, $0.1) }
    }

    /// The first value of a field; the case of its name does not matter.
    public subscript(name: String) -> String? {
        fields.first { $0.name.equalsIgnoringASCIICase(name) }?.value
    }

    /// All values of a field, in order.
    public func values(_ name: String) -> [String] {
        fields.filter { $0.name.equalsIgnoringASCIICase(name) }.map(\.value)
    }

    public mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name, value))
    }

    /// Appends a continuation, a line that began with white space, to the last field's value.
    mutating func fold(_ continuation: String) {
        guard let last = fields.indices.last else { return }
        fields[last].value += " " + continuation
    }
}

extension HTTPHeaders.Field {
    /// True if the field can be sent without becoming something else.
    var isValid: Bool {
        name.isHTTPToken && !value.utf8.contains { $0 == 0x0d || $0 == 0x0a || $0 == 0 }
    }
}

extension String {
    /// True for a `token` of RFC 9110, section 5.6.2.
    var isHTTPToken: Bool {
        !isEmpty && utf8.allSatisfy(\.isHTTPToken)
    }

    func equalsIgnoringASCIICase(_ other: String) -> Bool {
        utf8.elementsEqual(other.utf8) { $0.asciiLowercased == $1.asciiLowercased }
    }
}
