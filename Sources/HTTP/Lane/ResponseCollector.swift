/// Takes a reply as it comes.
struct ResponseCollector {
    /// The longest header section that is taken, in bytes: servers allow themselves 8 to 64 KiB.
    static let maximumHeaderBytes = 256 << 10

    private(set) var headers = HTTPHeaders()
    private(set) var body: [UInt8] = []
    /// Why the transfer was broken off by this side.
    private(set) var refusal: (kind: TransportError.Kind, detail: String)?

    private var headerBytes = 0
    private var received = 0
    private let maximumBodyBytes: Int
    private let sink: HTTPRequest.Sink?

    init(for request: HTTPRequest) {
        maximumBodyBytes = request.maximumBodyBytes
        sink = request.sink
    }

    /// Takes one header line; `false` breaks the transfer off.
    mutating func header(_ line: UnsafeRawBufferPointer) -> Bool {
        // A status line begins another reply: after a 1xx, or after a redirect.
        if line.starts(with: "HTTP/".utf8) {
            headers = HTTPHeaders()
            headerBytes = 0
        }
        headerBytes += line.count
        guard headerBytes <= Self.maximumHeaderBytes else {
            refusal = (.tooLarge, "the reply's headers are longer than \(Self.maximumHeaderBytes) bytes")
            return false
        }
        if line.first == 0x20 || line.first == 0x09 {
            headers.fold(text(line[...]))
        } else if let colon = line.firstIndex(of: 0x3a) {
            headers.add(text(line[..<colon]), text(line[(colon + 1)...]))
        }
        return true
    }

    /// Takes a piece of the body. `announced` is the whole body's length, or negative when the reply does not say it.
    mutating func piece(_ bytes: UnsafeRawBufferPointer, status: Int, announced: Int) -> Bool {
        received += bytes.count
        guard max(received, announced) <= maximumBodyBytes else {
            refusal = (.tooLarge, "the reply's body is longer than the \(maximumBodyBytes) bytes that are allowed")
            return false
        }
        if let sink, (200..<300).contains(status) {
            guard sink(bytes) else {
                refusal = (
                    .sinkRefused, "the download was broken off after \(received) bytes: they could not be stored"
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
