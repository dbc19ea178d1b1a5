internal import ObjectStorage
public import PipelineKit
public import SystemPackage

extension BucketStore {
    /// Copies under way at the same time: each takes the storage a while, and this machine nothing.
    private static let copiesAtOnce = 16

    public func copyFiles(
        namedBy list: FilePath, from: ReleaseVersion, into: ReleaseVersion, in context: StepContext
    ) async throws {
        let (source, target) = (prefix(of: from), prefix(of: into))
        let listing = try await SortedListing.of(objects, below: target, in: context.folder)
        let present = try SortedLookup(listing.makeReader().next)
        let files = try Manifest.Reader(list)
        try await withThrowingTaskGroup(of: Void.self) { group in
            var underWay = 0
            while let entry = try files.next() {
                let there = try present.element(entry.key)
                if there?.size == entry.size { continue }
                let condition = there.map { WriteCondition.etag($0.etag) } ?? .absent
                if underWay == Self.copiesAtOnce { try await group.next() } else { underWay += 1 }
                let headers = ObjectLimits.headers(of: entry)
                group.addTask {
                    try await copy(
                        source + entry.key, entry.size, to: target + entry.key,
                        headers.areLostInCopies ? headers : nil, condition)
                }
            }
            try await group.waitForAll()
        }
    }

    private func copy(
        _ source: String, _ size: Int, to target: String, _ headers: ObjectHeaders?, _ condition: WriteCondition
    ) async throws {
        switch try await objects.copy(
            from: source, size: size, to: target, headers: headers, if: condition, clock: clock)
        {
        // Another run copies the same files, whose names are their own.
        case .copied, .conditionFalse, .contended: return
        case .sourceMissing, .sourceChanged:
            throw StepError(
                "file-gone", "\(objects.url(source)) is not there, although the release's manifest names it",
                help: "find out what else changes the bucket, and restore the object from an earlier version")
        }
    }
}
