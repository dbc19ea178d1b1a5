internal import Digest
internal import HTTP
internal import Synchronization

/// What came back, as far as checks look at it.
struct Answer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    /// What answered: another than was asked for, if redirects were followed.
    var url: String
    /// The whole body if the check reads it, its beginning otherwise. Decoded, if `isDecoded`.
    var body: [UInt8]
    var size: Int
    var sha256: String
    /// Whether the body came in a content encoding, which was undone.
    var isDecoded: Bool
    /// Of the same page as the server sends it, encoded. Known only if a check asked for that.
    var encodedSHA256: String?
    var time: Duration

    /// - Parameter sink: where the body went instead of into the response.
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

    /// Whether it came in an encoding that nobody could undo.
    var isAsSent: Bool { !isDecoded && headers["content-encoding"] != nil }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// A repeated header, with its values in one line.
    func header(_ name: String) -> String? {
        let values = headers.values(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}

/// Hashes a body as it comes, so that one of any size needs no memory.
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
        // What goes into a `Mutex` has to be Sendable, and a pointer is not.
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
