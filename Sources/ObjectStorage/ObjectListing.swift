/// The objects below a prefix, page by page, in the storage's order.
public struct ObjectListing: AsyncSequence, Sendable {
    public typealias Element = ListPage

    private let page: @Sendable (_ token: String?) async throws -> ListPage
    private let endless: @Sendable () -> any Error

    /// - Parameters:
    ///   - page: gives the page that a token names, the first one for nil.
    ///   - endless: the error if a token comes twice, so that the listing would never end.
    public init(
        endless: @escaping @Sendable () -> any Error,
        page: @escaping @Sendable (_ token: String?) async throws -> ListPage
    ) {
        (self.page, self.endless) = (page, endless)
    }

    public func makeAsyncIterator() -> Iterator { Iterator(listing: self) }

    public struct Iterator: AsyncIteratorProtocol {
        let listing: ObjectListing
        private var token: String?
        /// All that came: a server that goes in circles may do so over more than one page.
        private var seen: Set<String> = []
        private var isDone = false

        init(listing: ObjectListing) {
            self.listing = listing
        }

        public mutating func next() async throws -> ListPage? {
            guard !isDone else { return nil }
            let page = try await listing.page(token)
            if let next = page.next, !seen.insert(next).inserted { throw listing.endless() }
            token = page.next
            isDone = page.next == nil
            return page
        }
    }
}

/// Some entries of a listing.
public struct ListPage: Hashable, Sendable {
    public var objects: [ListedObject]
    /// With a delimiter: the prefixes of what is further down, up to and with the delimiter.
    public var commonPrefixes: [String]
    /// Names the next page; nil on the last.
    public var next: String?

    public init(objects: [ListedObject], commonPrefixes: [String] = [], next: String? = nil) {
        (self.objects, self.commonPrefixes, self.next) = (objects, commonPrefixes, next)
    }
}

/// An object as a listing tells of it.
public struct ListedObject: Hashable, Sendable {
    public var key: String
    /// In bytes.
    public var size: Int
    /// With its quotes.
    public var etag: String
    /// ISO 8601, as sent, such as `2026-01-01T00:00:00.000Z`.
    public var lastModified: String

    public init(key: String, size: Int, etag: String, lastModified: String) {
        (self.key, self.size, self.etag, self.lastModified) = (key, size, etag, lastModified)
    }
}
