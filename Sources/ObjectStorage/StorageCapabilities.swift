/// What an object storage can do. A storage that lacks something has another value here; nobody asks which storage it
/// is.
///
/// `S3Server` has the values of the storages that are known before they are asked. The rest is learnt from the first
/// refusal.
public struct StorageCapabilities: Hashable, Sendable {
    /// Conditions that a write may carry, and that are decided at the moment of the write.
    public struct Conditions: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// `If-None-Match: *`: nothing is under the key.
        public static let absent = Conditions(rawValue: 1)
        /// `If-Match`: what is under the key has this ETag.
        public static let etag = Conditions(rawValue: 2)
        public static let all: Conditions = [.absent, .etag]

        public func take(_ condition: WriteCondition) -> Bool {
            switch condition {
            case .absent: contains(Self.absent)
            case .etag: contains(Self.etag)
            }
        }
    }

    /// How an object may be cut into parts.
    public struct PartLimits: Hashable, Sendable {
        /// Of each part but the last, in bytes.
        public var minimumSize = 5 << 20
        /// In bytes.
        public var maximumSize = 5 << 30
        public var maximumCount = 10_000

        public init() {}
    }

    /// Copies that no byte is sent for.
    public struct Copies: Hashable, Sendable {
        /// Of the object, in bytes.
        public var maximumSize = 5 << 30
        /// True if a copy can be told to have no tags. If false, it takes those of its source, and needs the right to
        /// read tags.
        public var replacesTags = true
        /// True if a copy can be told which ETag its source must have. If false, the source is looked at before.
        public var checksSource = true

        public init() {}
    }

    public enum Deletion: Hashable, Sendable {
        /// Many keys in one call, up to this number.
        case batches(of: Int)
        case oneByOne
    }

    /// The place of a bucket's name in an address.
    public enum Addressing: Hashable, Sendable {
        /// `https://host/bucket/key`
        case path
        /// `https://bucket.host/key`, if the name can be part of a host's.
        case virtualHost
    }

    /// The headers that an object is given and that a reader gets.
    public struct KeptHeaders: Hashable, Sendable {
        /// In lower case.
        public var names: Set<String>
        public var prefixes: [String]

        public init(names: Set<String>, prefixes: [String]) {
            (self.names, self.prefixes) = (names, prefixes)
        }

        public func contains(_ name: String) -> Bool {
            names.contains(name) || prefixes.contains(where: name.hasPrefix)
        }
    }

    /// Of a whole object that is stored.
    public var conditionalPut = Conditions.all
    /// Of a copy, about the copy's key.
    public var conditionalCopy = Conditions.all
    /// Of parts that are joined.
    public var conditionalJoin = Conditions.all
    /// Nil: every object is stored in one call.
    public var multipart: PartLimits? = PartLimits()
    /// True if it compares a SHA-256 with the bytes that it takes, and keeps it. If false, no call has one, and an object
    /// whose ETag does not tell its bytes is read back.
    public var keepsSHA256 = true
    /// True if it can be asked for the SHA-256 of an object.
    public var tellsSHA256 = true
    /// Nil: what would be copied is read and stored again.
    public var copies: Copies? = Copies()
    public var deletion = Deletion.batches(of: 1_000)
    public var addressing = Addressing.virtualHost
    public var keptHeaders = KeptHeaders.ofS3
    /// In bytes.
    public var longestKey = 1_024

    /// True if it keeps the SHA-256 of an object, and can be asked for it.
    public var knowsSHA256: Bool { keepsSHA256 && tellsSHA256 }

    /// Those of Amazon S3.
    public init() {}
}

extension StorageCapabilities.KeptHeaders {
    /// S3 gives back these, or does what they say, and drops others without a word.
    static let ofS3 = Self(
        names: [
            "content-disposition", "content-language", "expires", "x-amz-acl", "x-amz-storage-class",
            "x-amz-website-redirect-location",
        ], prefixes: ["x-amz-meta-", "x-amz-server-side-encryption"])
}
