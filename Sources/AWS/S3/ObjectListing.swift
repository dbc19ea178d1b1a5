/// The objects below a prefix, page by page, in the server's order.
public struct ObjectListing: AsyncSequence, Sendable {
    public typealias Element = ListPage

    let client: S3Client
    let prefix: String
    let delimiter: String?

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
            let page = try await listing.client.listPage(
                prefix: listing.prefix, delimiter: listing.delimiter, continuation: token)
            if let next = page.next {
                guard seen.insert(next).inserted else {
                    throw S3Error(
                        .repeatedContinuation, "ListObjectsV2", listing.client.url(listing.prefix),
                        "a continuation token came twice, so the listing would never end")
                }
            }
            token = page.next
            isDone = page.next == nil
            return page
        }
    }
}

/// Up to 1,000 entries of a listing.
public struct ListPage: Hashable, Sendable {
    public var objects: [ListedObject]
    /// With a delimiter: what lies below, up to and with the delimiter.
    public var commonPrefixes: [String]
    /// Names the next page.
    public var next: String?
}

public struct ListedObject: Hashable, Sendable {
    public var key: String
    /// In bytes.
    public var size: Int
    /// With its quotes.
    public var etag: String
    /// ISO 8601, as sent, such as `2026-01-01T00:00:00.000Z`.
    public var lastModified: String
}
