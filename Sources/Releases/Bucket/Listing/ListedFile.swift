/// One object as a listing tells of it.
struct ListedFile: Hashable, Sendable {
    /// Behind the prefix that was listed.
    var key: String
    /// In bytes.
    var size: Int
    /// With its quotes.
    var etag: String
}
