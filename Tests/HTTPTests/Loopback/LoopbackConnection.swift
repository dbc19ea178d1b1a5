import Glibc

/// A request as it came over the wire.
struct LoopbackRequest: Sendable {
    /// The number of the server's connection that it came on, from 1.
    var connection: Int
    var lines: [String]
    var body: [UInt8]

    var requestLine: String { lines[0] }
    var target: String { String(requestLine.split(separator: " ")[1]) }

    func header(_ name: String) -> String? {
        let prefix = name.lowercased() + ":"
        return lines.dropFirst().first { $0.lowercased().hasPrefix(prefix) }.map {
            String($0.dropFirst(prefix.count).drop { $0 == " " })
        }
    }
}

/// What the server does when a request has come.
struct LoopbackReply: Sendable {
    enum Act: Sendable {
        case send([UInt8])
        /// Breaks the connection off with RST.
        case reset
        /// Closes it in good order.
        case close
        /// Does nothing until the client closes it.
        case hang
        case pause(Duration)
    }

    var acts: [Act]

    init(_ acts: Act...) {
        self.acts = acts
    }

    static func text(_ text: String, _ then: Act...) -> LoopbackReply {
        var reply = LoopbackReply()
        reply.acts = [.send(Array(text.utf8))] + then
        return reply
    }

    static func status(_ status: Int = 200, _ headers: [String] = [], _ body: [UInt8] = []) -> LoopbackReply {
        let head = ["HTTP/1.1 \(status) X", "Content-Length: \(body.count)"] + headers
        return LoopbackReply(.send(Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body))
    }

    static func ok(_ body: String = "") -> LoopbackReply {
        status(200, [], Array(body.utf8))
    }

    static func redirect(to location: String) -> LoopbackReply {
        status(302, ["Location: \(location)"])
    }
}

/// One accepted connection. It belongs to its thread.
final class LoopbackConnection {
    private let descriptor: Int32
    private let number: Int
    private var unread: [UInt8] = []

    init(descriptor: Int32, number: Int) {
        self.descriptor = descriptor
        self.number = number
    }

    /// Reads one request; nil if the client has closed the connection.
    func readRequest() -> LoopbackRequest? {
        let end = Array("\r\n\r\n".utf8)
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual(end) {
            if unread.isEmpty, !fill() { return nil }
            head.append(unread.removeFirst())
        }
        let lines = String(decoding: head.dropLast(4), as: UTF8.self).split(separator: "\r\n").map(String.init)
        var request = LoopbackRequest(connection: number, lines: lines, body: [])
        let length = request.header("Content-Length").flatMap { Int($0) } ?? 0
        while unread.count < length {
            guard fill() else { return nil }
        }
        request.body = Array(unread.prefix(length))
        unread.removeFirst(length)
        return request
    }

    /// Plays a reply; `false` if the connection must be closed.
    func play(_ reply: LoopbackReply) -> Bool {
        for act in reply.acts {
            switch act {
            case .send(let bytes):
                guard send(bytes) else { return false }
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                return false
            case .close:
                return false
            case .pause(let duration):
                usleep(UInt32(duration / .microseconds(1)))
            case .hang:
                while fill() {}
                return false
            }
        }
        return true
    }

    private func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        let got = recv(descriptor, &buffer, buffer.count, 0)
        guard got > 0 else { return false }
        unread += buffer.prefix(got)
        return true
    }

    private func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
