/// What has to hold in the store at the moment of a write.
public enum WriteCondition: Hashable, Sendable {
    /// Nothing is stored under the key.
    case absent
    /// What is stored there has this ETag, given with its quotes.
    case etag(String)

    var header: (name: String, value: String) {
        switch self {
        case .absent: ("if-none-match", "*")
        case .etag(let etag): ("if-match", etag)
        }
    }
}

/// The tag that a store gives to one state of an object. What it is made of is the store's own affair.
public enum ETag {
    /// The same one comes with quotes in a header and without them in some servers' documents.
    public static func areSame(_ left: String, _ right: String) -> Bool {
        plain(left).elementsEqual(plain(right))
    }

    private static func plain(_ text: String) -> Substring.UTF8View {
        var bytes = text[...].utf8
        if bytes.starts(with: "W/".utf8) { bytes = bytes.dropFirst(2) }
        let quote = UInt8(ascii: "\"")
        if bytes.first == quote { bytes = bytes.dropFirst() }
        if bytes.last == quote { bytes = bytes.dropLast() }
        return bytes
    }
}

/// How a conditional write ended.
public enum WriteOutcome: Hashable, Sendable {
    case written(etag: String)
    /// The condition is false: 412, or nothing is there whose ETag could be compared. Where an earlier try had no reply, that try may be what made
    /// it false: `ConditionalWrite` finds out.
    case conditionFalse
    /// Another write of the same key was under way (409): to be tried again after a new look.
    case contended
}

extension WriteOutcome {
    /// Makes answers of the two refusals that belong to a condition; nil for other errors.
    init?(_ error: AWSError, of condition: WriteCondition) {
        switch (error.status, error.serviceCode, condition) {
        case (412, _, _), (404, "NoSuchKey", .etag): self = .conditionFalse
        case (409, "ConditionalRequestConflict", _), (409, "OperationAborted", _): self = .contended
        default: return nil
        }
    }
}
