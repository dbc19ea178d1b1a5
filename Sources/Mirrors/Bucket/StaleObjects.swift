internal import PipelineKit
internal import Releases

/// The keys below the mirrored prefix that are not wanted and that the filter takes, in the order of their bytes.
///
/// It belongs to the task that reads.
final class StaleObjects {
    private let mirror: BucketMirror
    private let listing: SortedListing.Reader
    private let wanted: SortedLookup<Asset>

    init(_ mirror: BucketMirror, _ listing: SortedListing.Reader) throws {
        (self.mirror, self.listing) = (mirror, listing)
        wanted = try SortedLookup(MirrorJobs(mirror, nil, StaleHeaders()).nextAsset)
    }

    /// Behind the prefix; nil at the end.
    ///
    /// - Throws: `StepError` `in-the-way` if a release store is below the prefix.
    func next() throws -> String? {
        while let file = try listing.next() {
            if let store = MirrorStores.root(of: file.key) {
                throw StepError(
                    "in-the-way", "\(mirror.place)\(store) is a release store, whose files nothing else may delete",
                    help: "leave it out with `exclude`, or mirror without `delete`")
            }
            if try wanted.element(file.key) != nil { continue }
            if mirror.filter.takesKey(file.key) { return file.key }
        }
        return nil
    }
}
