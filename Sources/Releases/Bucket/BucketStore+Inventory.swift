internal import ObjectStorage
internal import PipelineKit
public import SystemPackage

extension BucketStore {
    public func unknownReleases(besides releases: [StoredRelease]) async throws -> [String] {
        let known = Set(releases.map(\.version.name))
        var unknown: Set<String> = []
        for try await page in objects.listObjects(prefix: releasesPrefix, delimiter: "/") {
            let prefixes = page.commonPrefixes.map { $0.withoutStart(releasesPrefix).dropLast() }
            let objects = page.objects.map { $0.key.withoutStart(releasesPrefix) }
            for name in prefixes.map(String.init) + objects where !name.isEmpty && !known.contains(name) {
                unknown.insert(name)
            }
        }
        return unknown.sorted()
    }

    public func contents(
        of release: StoredRelease, _: LinkCount, in folder: FilePath
    ) async throws -> ReleaseContents {
        guard let manifest = try await knownFiles(of: release, in: folder) else { return ReleaseContents() }
        let listing = try await SortedListing.of(objects, below: prefix(of: release.version), in: folder)
        return try await BlockingWork.run { flag in
            var contents = ReleaseContents()
            let named = try SortedLookup(Manifest.Reader(manifest).next)
            let found = try listing.makeReader()
            while let file = try found.next() {
                try flag.check()
                if try named.element(file.key) != nil {
                    contents.files += 1
                    contents.freed += file.size
                } else {
                    contents.addUnknown(file.key)
                }
            }
            return contents
        }
    }

    public func remains(of version: ReleaseVersion) async throws -> ReleaseContents {
        let prefix = prefix(of: version)
        var contents = ReleaseContents()
        for try await page in objects.listObjects(prefix: prefix) {
            for object in page.objects where object.key.utf8.count > prefix.utf8.count {
                contents.addUnknown(object.key.withoutStart(prefix))
            }
        }
        return contents
    }
}
