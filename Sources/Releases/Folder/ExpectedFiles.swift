/// The files that a manifest stands for in a folder, in the order of their keys' bytes.
struct ExpectedFiles {
    private let manifest: Manifest.Reader
    private var coming: ManifestEntry?
    /// Compressed siblings whose place in the order has not come yet, last first.
    private var pending: [StoredFile] = []

    init(_ manifest: Manifest.Reader) throws {
        self.manifest = manifest
        coming = try manifest.next()
    }

    mutating func next() throws -> StoredFile? {
        guard let entry = coming else { return pending.popLast() }
        if let sibling = pending.last, sibling.key.precedesByBytes(entry.key) { return pending.popLast() }
        coming = try manifest.next()
        let files = FolderStore.files(of: entry)
        for sibling in files.dropFirst() {
            let place = pending.lastIndex { sibling.key.precedesByBytes($0.key) }
            pending.insert(sibling, at: place.map { $0 + 1 } ?? 0)
        }
        return files[0]
    }
}
