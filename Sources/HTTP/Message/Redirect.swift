/// One step of a redirect that this side follows by itself.
///
/// libcurl would send the request's own headers to every host that a server names, also without TLS. One of them can be
/// a secret, such as a token in front of a preview.
struct Redirect {
    /// The request that the reply asks for.
    let request: HTTPRequest

    /// - Returns: nil if the reply is the response.
    /// - Throws: `TransportError` `.redirects`, if that was one too many; `.badReply`, if it leads to what is no URL.
    init?(_ response: HTTPResponse, of request: HTTPRequest, left: Int) throws(TransportError) {
        guard [301, 302, 303, 307, 308].contains(response.status), let location = response.headers["location"] else {
            return nil
        }
        guard left > 0 else { throw .tooManyRedirects(request) }
        var next = request
        do {
            next.url = try HTTPURL(location, relativeTo: request.url)
        } catch {
            throw TransportError(
                .badReply, request.url, "the reply of \(request.url.host) redirects to what is no web address")
        }
        if next.url.origin != request.url.origin { next.headers = request.headers.harmlessElsewhere }
        if let total = request.timeouts.total {
            next.timeouts.total = max(.milliseconds(1), total - response.timings.total)
        }
        self.request = next
    }
}

extension HTTPRequest {
    /// Whether its redirects are followed by this side, and not by libcurl.
    var followsByItself: Bool { followsRedirects && headers != headers.harmlessElsewhere }
}

extension HTTPHeaders {
    /// Those that say nothing about who asks.
    fileprivate var harmlessElsewhere: HTTPHeaders {
        let known = ["accept", "accept-encoding", "accept-language", "cache-control", "pragma", "user-agent"]
        return HTTPHeaders(fields.filter { known.contains($0.name.lowercased()) })
    }
}

extension Transport {
    /// Sends a request, and then what the replies redirect it to.
    ///
    /// - Returns: the last response, with the time that all of them took together.
    func follow(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        var past = Duration.zero
        for left in stride(from: request.maximumRedirects, through: 0, by: -1) {
            var response = try await sendOnce(request)
            let took = response.timings.total
            if let redirect = try Redirect(response, of: request, left: left) {
                request = redirect.request
                past += took
                continue
            }
            response.timings = .init(firstByte: past + response.timings.firstByte, total: past + took)
            return response
        }
        throw TransportError.tooManyRedirects(request)
    }
}
