internal import Digest
internal import HTTP
internal import Synchronization

/// The parts of a response that checks look at.
struct Answer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    /// The URL that answered: if redirects were followed, not the one that was asked for.
    var url: String
    /// The whole body if the check reads it, otherwise only its beginning. Decoded if `isDecoded`.
    var body: [UInt8]
    var size: Int
    var sha256: String
    /// True if the body came in a content encoding, which was undone.
    var isDecoded: Bool
    /// The SHA-256 of the same page as the server sends it, encoded. Known only if a check asked for that.
    var encodedSHA256: String?
    var time: Duration

    /// - Parameter sink: received the body instead of the response, if there is one.
    init(_ response: HTTPResponse, _ sink: BodyDigest?) {
        url = response.effectiveURL
        status = response.status
        headers = response.headers
        isDecoded = response.isDecoded
        time = response.timings.total
        let summary = sink?.finish()
        if let summary, summary.size > 0 {
            (body, size, sha256) = (summary.beginning, summary.size, summary.sha256)
        } else {
            body = response.body
            size = body.count
            sha256 = SHA256.hash(body).description
        }
    }

    /// True if the body came in an encoding that nobody could undo.
    var isAsSent: Bool { !isDecoded && headers["content-encoding"] != nil }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The header's value; a repeated header's values are joined in one line.
    func header(_ name: String) -> String? {
        let values = headers.values(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}

/// Hashes a body while it arrives, so that one of any size needs no memory.
final class BodyDigest: Sendable {
    struct Summary: Sendable {
        var size = 0
        var sha256 = ""
        var beginning: [UInt8] = []
    }

    /// Enough for an excerpt.
    private static let kept = 4_096

    private struct State {
        let sha = SHA256()
        var summary = Summary()
    }

    private let state = Mutex(State())

    func add(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // What goes into a `Mutex` must be Sendable, and a pointer is not.
        let bytes = Array(bytes)
        return state.withLock { state in
            state.sha.update(bytes)
            state.summary.size += bytes.count
            state.summary.beginning += bytes.prefix(Self.kept - state.summary.beginning.count)
            return true
        }
    }

    func finish() -> Summary {
        state.withLock { state in
            state.summary.sha256 = state.sha.finish().description
            return state.summary
        }
    }
}
