internal import ObjectStorage
internal import Digest
internal import FoundationEssentials
public import PipelineKit
internal import Synchronization
public import SystemPackage

extension BucketStore {
    /// How many objects are read at the same time.
    private static let readsAtOnce = 32

    /// One GET gives an object's bytes, its headers and the ETag of just these bytes.
    public func examine(
        _ version: ReleaseVersion, listing list: FilePath, in context: StepContext
    ) async throws -> ForeignFiles {
        let listing = try await listing(of: version, in: context.folder)
        let (objects, lines) = (try listing.makeReader(), try LineWriter(list))
        var found = ForeignFiles()
        let newest = try await withThrowingTaskGroup(of: (Int, ForeignObject).self) { group in
            var (begun, underWay, newest) = (0, 0, Date.distantPast)
            // Objects that were read before one that was begun earlier.
            var done: [Int: ForeignObject] = [:]
            while true {
                while underWay < Self.readsAtOnce, begun - found.files < 4 * Self.readsAtOnce,
                    let object = try objects.next()
                {
                    group.addTask { [begun] in (begun, try await read(object, version)) }
                    (begun, underWay) = (begun + 1, underWay + 1)
                }
                guard let (number, object) = try await group.next() else { return newest }
                underWay -= 1
                done[number] = object
                while let next = done.removeValue(forKey: found.files) {
                    try lines.write(next.entry.line)
                    found.files += 1
                    found.bytes += next.entry.size
                    found.compressed += next.entry.original == nil ? 0 : 1
                    newest = max(newest, next.lastModified ?? .distantPast)
                }
                context.progress(
                    .init(
                        done: found.files, total: listing.count, unit: "files", bytes: found.bytes,
                        detail: object.entry.key))
            }
        }
        try lines.finish(durable: false)
        if newest != .distantPast { found.newest = newest.timestamp }
        if let key = try await firstDifference(from: listing, version, in: context.folder) {
            throw changedWhileAdopted(
                self.objects.url(prefix(of: version) + key), version, "was added, removed or changed")
        }
        return found
    }

    private func listing(of version: ReleaseVersion, in folder: FilePath) async throws -> SortedListing {
        var strange = StrangeEntries()
        let listing = try await SortedListing.of(objects, below: prefix(of: version), in: folder) { key in
            if let reason = AssetKey.problem(with: key) { strange.add(key, reason) }
        }
        try strange.refuse(
            in: location(of: version),
            help:
                "delete such an object if visitors need nothing of it, as one that a console made for a folder, or copy it "
                + "to another key")
        return listing
    }

    private func firstDifference(
        from before: SortedListing, _ version: ReleaseVersion, in folder: FilePath
    ) async throws -> String? {
        let after = try await SortedListing.of(objects, below: prefix(of: version), in: folder)
        return try await BlockingWork.run { flag in
            let (old, new) = (try before.makeReader(), try after.makeReader())
            var join = MergeJoin(old.next, new.next)
            while let row = try join.next() {
                try flag.check()
                switch row {
                case .both(let left, let right) where left == right: continue
                case .left(let file), .right(let file), .both(let file, _): return file.key
                }
            }
            return nil
        }
    }

    private func read(_ object: ListedFile, _ version: ReleaseVersion) async throws -> ForeignObject {
        let (key, digester) = (prefix(of: version) + object.key, ObjectUnpacker())
        let got = try await objects.getObject(key, restart: digester.restart, to: digester.add)
        guard let got else { throw changedWhileAdopted(objects.url(key), version, "was removed") }
        guard got.info.size == object.size, got.info.etag == object.etag else {
            throw changedWhileAdopted(objects.url(key), version, "was changed")
        }
        let headers = got.info.headers
        var asset = Asset(
            key: object.key, path: "", size: got.info.size, sha256: got.sha256.description,
            contentType: headers.contentType ?? "binary/octet-stream", contentEncoding: headers.contentEncoding)
        if headers.contentEncoding == "gzip", let original = digester.finish() {
            asset.original = .init(path: "", size: original.size, sha256: original.sha256.description)
        }
        var others = headers.others
        others[ManifestEntry.redirectHeader] = headers.websiteRedirect
        return ForeignObject(
            entry: ManifestEntry(asset, cacheControl: headers.cacheControl ?? "", headers: others),
            lastModified: got.info.lastModified)
    }
}

private struct ForeignObject: Sendable {
    var entry: ManifestEntry
    var lastModified: Date?
}

/// Unpacks every object that looks like a gzip stream: whether its headers say that it is compressed is known only once
/// it is there.
private final class ObjectUnpacker: Sendable {
    private let state = Mutex(State())

    private struct State: ~Copyable {
        /// Nil before the first byte, and for bytes that are not a gzip stream.
        var digester: GzipDigester?
        var isPlain = false
    }

    func restart() {
        state.withLock { state in
            state.digester = nil
            state.isPlain = false
        }
    }

    /// - Returns: true, so that the transfer continues.
    func add(_ piece: UnsafeRawBufferPointer) -> Bool {
        // The pointer is only the caller's, so the code behind the lock gets a copy.
        let bytes = Array(piece)
        state.withLock { state in
            if bytes.isEmpty || state.isPlain { return }
            if state.digester == nil {
                guard bytes[0] == 0x1F else {
                    state.isPlain = true
                    return
                }
                state.digester = GzipDigester()
            }
            bytes.withUnsafeBytes { state.digester?.add($0) }
        }
        return true
    }

    func finish() -> (size: Int, sha256: SHA256Digest)? {
        state.withLock { $0.digester?.finish() }
    }
}
