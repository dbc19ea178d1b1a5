internal import TextCoding

/// Writes one JSON object on one line, field by field. Flat and without a tree, because a site has 200,000 of them.
struct JSONLine {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    init() {
        bytes.reserveCapacity(512)
    }

    mutating func add(_ name: StaticString, _ text: String) {
        start(name)
        JSONText.append(text, to: &bytes)
    }

    mutating func add(_ name: StaticString, _ text: String?) {
        if let text { add(name, text) }
    }

    mutating func add(_ name: StaticString, _ integer: Int) {
        start(name)
        bytes.append(contentsOf: String(integer).utf8)
    }

    mutating func add(_ name: StaticString, _ bool: Bool) {
        start(name)
        bytes.append(contentsOf: (bool ? "true" : "false").utf8)
    }

    mutating func add(_ name: StaticString, _ object: JSONLine) {
        start(name)
        bytes.append(contentsOf: object.bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    /// Sorted by name.
    mutating func add(_ name: StaticString, _ texts: [String: String]) {
        var object = JSONLine()
        for (key, value) in texts.sorted(by: { $0.key < $1.key }) {
            object.separate()
            JSONText.append(key, to: &object.bytes)
            object.bytes.append(UInt8(ascii: ":"))
            JSONText.append(value, to: &object.bytes)
        }
        add(name, object)
    }

    /// Without the line's end.
    consuming func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func separate() {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func start(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }
}
