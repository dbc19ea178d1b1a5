internal import FoundationEssentials
internal import HTTP
internal import TextCoding

/// The content of a reply that is not a success.
struct ErrorReply {
    var code: String
    var message = ""
    var requestID: String?
    /// The bucket's region; a valid name.
    var region: String?
    /// The server's clock.
    var date: Date?
    /// True if the reply itself named the code; otherwise it follows from the status.
    var hasBody = false
    /// The delay that the server asks for.
    var retryAfter: Duration?

    init(_ response: HTTPResponse) {
        code = Self.code(of: response.status)
        requestID = (response.headers["x-amz-request-id"] ?? response.headers["x-amzn-RequestId"]).map(Self.printable)
        region = response.headers["x-amz-bucket-region"]
        date = response.headers["Date"].flatMap(HTTPDate.read)
        retryAfter = response.headers["x-amz-retry-after"].flatMap { Int($0) }.flatMap { milliseconds in
            (0...86_400_000).contains(milliseconds) ? .milliseconds(milliseconds) : nil
        }
        if let error = Self.element(response.body) { read(error.element, requestID: error.requestID) }
        if let name = region, !Region.isValid(name) { region = nil }
    }

    private mutating func read(_ error: XMLElement, requestID id: String?) {
        guard let name = error.text("Code"), !name.isEmpty else { return }
        hasBody = true
        code = Self.printable(name)
        message = Self.printable(error.text("Message") ?? "")
        requestID = requestID ?? (error.text("RequestId") ?? id).map(Self.printable)
        region = region ?? error.text("Region")
    }

    /// Finds `<Error>` itself, or inside an `<ErrorResponse>`.
    static func element(_ body: [UInt8]) -> (element: XMLElement, requestID: String?)? {
        guard !body.isEmpty, let root = try? XMLTree(body, maximumBytes: 1 << 20).root else { return nil }
        if root.isNamed("Error") { return (root, nil) }
        guard let error = root["Error"] else { return nil }
        return (error, root.text("RequestId"))
    }

    /// Makes one short line of whatever the server sent.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(500).map { $0.properties.generalCategory.isPrintable ? $0 : " " })
        ).split(separator: " ").joined(separator: " ")
    }

    private static func code(of status: Int) -> String {
        switch status {
        case 301, 308: "PermanentRedirect"
        case 302, 303, 307: "TemporaryRedirect"
        case 304: "NotModified"
        case 400: "BadRequest"
        case 401, 403: "AccessDenied"
        case 404: "NotFound"
        case 405: "MethodNotAllowed"
        case 409: "Conflict"
        case 412: "PreconditionFailed"
        case 416: "InvalidRange"
        case 429: "TooManyRequestsException"
        case 500: "InternalError"
        case 503: "ServiceUnavailable"
        default: "Status\(status)"
        }
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isPrintable: Bool {
        switch self {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
