/// What must hold of a key at the moment of a write.
public enum WriteCondition: Hashable, Sendable {
    /// Nothing is stored under the key.
    case absent
    /// What is stored there has this ETag, given with its quotes.
    case etag(String)
}

/// The tag that a storage gives to one state of an object. What it is made of is the storage's own affair.
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
    /// The condition is false: another object is there, or none whose ETag could be compared. If an earlier try had no
    /// reply, that try may be what made it false: `putConfirmed` finds out.
    case conditionFalse
    /// Another write of the same key was under way: it may be tried again after a new look.
    case contended
}

/// How a copy inside the storage ended.
public enum CopyOutcome: Hashable, Sendable {
    case copied(etag: String)
    /// There is no such key to copy from.
    case sourceMissing
    /// The source has another ETag than was asked for.
    case sourceChanged
    /// What was asked for of the copy's key does not hold.
    case conditionFalse
    /// Another write of the copy's key was under way: it may be tried again after a new look.
    case contended
}

/// What is stored after a conditional write, once that is known.
public enum ConfirmedWrite: Hashable, Sendable {
    /// Our bytes are stored, by this attempt or by an earlier one whose reply was lost.
    case written(etag: String)
    /// The condition is false. What is stored instead; nil if nothing is, or something longer than the limit.
    case refused(ObjectContent?)
}
