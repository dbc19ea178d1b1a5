/// Looks keys up in a listing, in the order of their bytes.
///
/// It belongs to the task that reads.
final class PresentFiles {
    private let listing: SortedListing.Reader
    private var next: ListedFile?

    init(_ listing: SortedListing.Reader) throws {
        self.listing = listing
        next = try listing.next()
    }

    /// - Parameter key: behind the one that was asked for before.
    func file(_ key: String) throws -> ListedFile? {
        while let file = next, file.key.precedesByBytes(key) { next = try listing.next() }
        return next.flatMap { $0.key.hasSameBytes(as: key) ? $0 : nil }
    }
}
