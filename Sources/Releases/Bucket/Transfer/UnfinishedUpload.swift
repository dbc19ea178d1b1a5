internal import ObjectStorage
internal import SystemPackage

/// Resumes an upload of a release that was interrupted, this run's or another one's: decides for each thing that it has
/// left.
///
/// | left | becomes |
/// | --- | --- |
/// | an object that the earlier upload had named with the bytes and headers that are wanted now | kept, if `ObjectComparison` finds the bytes right |
/// | one that it had named with others, or that is not wanted now | deleted before the transfer (`KeysToDelete`) |
/// | an object under a key that is wanted, which it had not named | replaced, if it is still the one that was listed |
/// | parts of a large file | aborted, and the file is sent again from its first part |
///
/// No part is taken up. A run that still lives may be sending more of them, and an upload's id says nothing of the
/// file's bytes. They are aborted before the first object is sent, and after the last one if one was large.
///
/// The check before the manifest reports objects that no upload has named.
///
/// It belongs to the task that reads, which asks for the keys in the order of their bytes.
final class UnfinishedUpload {
    private let present: SortedLookup<ListedFile>
    private let named: SortedLookup<ManifestEntry>?

    /// - Parameters:
    ///   - listing: what is there, listed while the upload was this run's.
    ///   - earlier: the list of files of the upload that was taken over; nil if there was none.
    init(_ listing: SortedListing, named earlier: FilePath?) throws {
        present = try SortedLookup(listing.makeReader().next)
        named = try earlier.map { try SortedLookup(Manifest.Reader($0).next) }
    }

    /// - Returns: the object that may stay if its bytes are right; and what must hold for one that is stored instead.
    func left(for entry: ManifestEntry) throws -> (present: ListedFile?, condition: WriteCondition) {
        let there = try present.element(entry.key)
        let condition = there.map { WriteCondition.etag($0.etag) } ?? .absent
        // One that no earlier upload had stored so is another run's: an object does not show all of its headers.
        guard let earlier = try named?.element(entry.key), earlier.hasSameContent(as: entry),
            earlier.hasSameHeaders(as: entry)
        else { return (nil, condition) }
        return (there, condition)
    }
}

extension BucketStore {
    /// Aborts what was sent of large files and not joined: it costs money, and nobody sees it.
    func abortPartialUploads(of version: ReleaseVersion) async throws {
        guard objects.capabilities.multipart != nil else { return }
        try await objects.abortPartialUploads(below: prefix(of: version), clock: clock)
    }
}
