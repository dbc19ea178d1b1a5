internal import PipelineKit
internal import Releases

/// What a release changes for visitors, compared with the release before, collected as its files stream by.
///
/// It belongs to the task that collects.
final class ReleaseChanges {
    private let earlier: WantedRelease.Earlier
    private let before: ReleaseVersion?
    private let inFolder: Bool
    private var changes: ChangeList
    private var files = ChangeList.Files()
    private var tally = HeaderTally()

    /// - Parameter empty: gets the changes.
    init(_ empty: ChangeList, from earlier: WantedRelease.Earlier, in store: any ReleaseStore) {
        (changes, self.earlier, inFolder) = (empty, earlier, store.isFolder)
        before = earlier.manifests.last?.version
        files.areLive = earlier.isLive
    }

    /// - Parameters:
    ///   - asset: what the entry was made of.
    ///   - old: the file of this key in the release before; nil if it has none.
    func add(_ entry: ManifestEntry, of asset: Asset, replacing old: ManifestEntry?) {
        tally.add(entry)
        let (key, bytes) = (entry.key, entry.size)
        let sent = inFolder ? Self.bytesInFolder(entry, of: asset) : bytes
        guard let old, let before else {
            files.new += 1
            files.bytes += sent
            changes.add(.add, bytes: bytes) { Change(.add, key, detail: headers(of: entry), bytes: bytes) }
            return
        }
        let (hasContent, hasHeaders) = (old.hasSameContent(as: entry), old.hasSameHeaders(as: entry))
        if hasContent && hasHeaders {
            files.unchanged += 1
            guard earlier.copied == nil else {
                changes.add(.copy, bytes: bytes) { Change(.copy, key, detail: "as in \(before)", bytes: bytes) }
                return
            }
            files.bytes += sent
            changes.add(.replace, bytes: bytes) {
                Change(
                    .replace, key, detail: "as in \(before), and sent again: `reuse: false`", bytes: bytes,
                    oldBytes: bytes)
            }
            return
        }
        files.changed += 1
        files.bytes += sent
        changes.add(.replace, bytes: bytes) {
            let detail = hasHeaders || inFolder ? headers(of: entry) : entry.headerChanges(since: old)
            return Change(.replace, key, detail: detail, bytes: bytes, oldBytes: old.size)
        }
    }

    /// A folder keeps a compressed file beside its original, unless the site has it as a file of its own.
    private static func bytesInFolder(_ entry: ManifestEntry, of asset: Asset) -> Int {
        guard let original = entry.original else { return entry.size }
        return original.size + (asset.isGzipOfSite ? 0 : entry.size)
    }

    /// The release before, if visitors have it and this one would change nothing for them: most likely nobody has built
    /// the site anew.
    var twin: ReleaseVersion? {
        earlier.isLive && files.new + files.changed + files.gone == 0 && files.unchanged > 0 ? before : nil
    }

    /// A file of the release before that this one does not have.
    func addGone(_ entry: ManifestEntry) {
        files.gone += 1
        changes.add(.remove, bytes: nil) { Change(.remove, entry.key, detail: "not in the new release") }
    }

    /// All of them.
    func list(of version: ReleaseVersion) -> ChangeList {
        changes.files = files
        if earlier.isFirst {
            let count = "\(files.new) file\(files.new == 1 ? "" : "s")"
            changes.summary = "\(count), \(ByteCount(files.bytes).text): the first release of this store"
            changes.isWorthListing = false
        } else if let before {
            changes.summary = "\(version), compared with \(before)" + (earlier.isLive ? ", which visitors have" : "")
        }
        if !inFolder { changes.notes += tally.sentences }
        return changes
    }

    /// A folder's web server decides about headers.
    private func headers(of entry: ManifestEntry) -> String { inFolder ? "" : entry.unusualHeaders }
}
