/// Collects a reply while it arrives.
struct ResponseCollector {
    /// The longest header section that is accepted, in bytes: servers themselves allow 8 to 64 KiB.
    static let maximumHeaderBytes = 256 << 10

    private(set) var headers = HTTPHeaders()
    private(set) var body: [UInt8] = []
    /// True if the body comes in an encoding that libcurl undoes.
    var isDecoded: Bool { decompresses && !encodings.isEmpty }
    /// Why this side ended the transfer.
    private(set) var refusal: (kind: TransportError.Kind, detail: String)?

    private var headerBytes = 0
    private var received = 0
    private var encodings: [String] = []
    private let decompresses: Bool
    private let followsRedirects: Bool
    private let maximumBodyBytes: Int
    private let sink: HTTPRequest.Sink?

    init(for request: HTTPRequest) {
        maximumBodyBytes = request.maximumBodyBytes
        sink = request.sink
        decompresses = request.decompresses
        followsRedirects = request.followsRedirects
    }

    /// Takes one header line; `false` ends the transfer.
    mutating func header(_ line: UnsafeRawBufferPointer) -> Bool {
        // A status line begins another reply: after a 1xx, or after a redirect.
        if line.starts(with: "HTTP/".utf8) {
            headers = HTTPHeaders()
            headerBytes = 0
            encodings = []
        }
        headerBytes += line.count
        guard headerBytes <= Self.maximumHeaderBytes else {
            refusal = (.tooLarge, "the reply's headers are longer than \(Self.maximumHeaderBytes) bytes")
            return false
        }
        if line.first == 0x20 || line.first == 0x09 {
            headers.fold(text(line[...]))
        } else if let colon = line.firstIndex(of: 0x3a) {
            let (name, value) = (text(line[..<colon]), text(line[(colon + 1)...]))
            headers.add(name, value)
            if decompresses, name.equalsIgnoringASCIICase("content-encoding") { return addEncodings(value) }
        }
        return true
    }

    /// More than one is refused: what 64 KiB become by two can keep libcurl busy for longer than any timeout, which it
    /// looks at between two pieces only. No server encodes twice on purpose.
    private mutating func addEncodings(_ value: String) -> Bool {
        for name in value.lowercased().split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" }) {
            if name != "identity" { encodings.append(String(name)) }
        }
        guard encodings.count > 1 || encodings.contains(where: { !ContentEncoding.known.contains($0) }) else {
            return true
        }
        refusal = (.encoding, "the reply's body is encoded as `\(value)`, which this runner cannot decode")
        return false
    }

    /// Takes a piece of the body. `announced` is the whole body's length, or negative if the reply does not give it.
    mutating func piece(_ bytes: UnsafeRawBufferPointer, status: Int, announced: Int) -> Bool {
        // Nobody reads what a redirect shows to people, as libcurl does not.
        if followsRedirects, (300..<400).contains(status), headers["location"] != nil { return true }
        received += bytes.count
        guard max(received, announced) <= maximumBodyBytes else {
            refusal = (.tooLarge, "the reply's body is longer than the \(maximumBodyBytes) bytes that are allowed")
            return false
        }
        if let sink, (200..<300).contains(status) {
            guard sink(bytes) else {
                refusal = (
                    .sinkRefused, "the download was stopped after \(received) bytes: they could not be stored"
                )
                return false
            }
        } else {
            body.append(contentsOf: bytes)
        }
        return true
    }

    private func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        var bytes = bytes
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a
    }
}
