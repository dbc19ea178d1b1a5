internal import SystemPackage

/// Holds elements until their place in the order of the keys' bytes comes: `a.html.gz` is found with `a.html`, and
/// comes after `a.html-old`.
struct SiblingOrder<Element: Keyed> {
    /// Last first.
    private var pending: [Element] = []

    mutating func add(_ element: Element) {
        let place = pending.lastIndex { element.key.precedesByBytes($0.key) }
        pending.insert(element, at: place.map { $0 + 1 } ?? 0)
    }

    mutating func drop(_ key: String) {
        if let first = pending.last, first.key.hasSameBytes(as: key) { pending.removeLast() }
    }

    /// Takes the first one out.
    ///
    /// - Parameter key: only an element before it is taken; nil at the end of the other elements.
    mutating func take(before key: String?) -> Element? {
        guard let first = pending.last, key.map({ first.key.precedesByBytes($0) }) ?? true else { return nil }
        return pending.popLast()
    }
}

/// The files of a folder, each with its compressed sibling if it has one, as one stream that is sorted by the bytes of
/// the keys.
///
/// It belongs to the task that reads.
package final class FilesWithSiblings<File: Keyed> {
    package typealias Pair = (file: File, sibling: File?)

    private let source: () throws -> Pair?
    private var coming: Pair?
    private var order = SiblingOrder<File>()

    /// - Parameter source: gives the files in the order of their keys' bytes.
    package init(_ source: @escaping () throws -> Pair?) throws {
        self.source = source
        coming = try source()
    }

    package func next() throws -> File? {
        guard let pair = coming else { return order.take(before: nil) }
        if let sibling = order.take(before: pair.file.key) { return sibling }
        coming = try source()
        // The site may have the compressed bytes as a file of its own.
        order.drop(pair.file.key)
        if let sibling = pair.sibling { order.add(sibling) }
        return pair.file
    }
}

extension FilesWithSiblings<StoredFile> {
    /// The files that a manifest describes in a folder.
    convenience init(of manifest: FilePath) throws {
        let reader = try Manifest.Reader(manifest)
        try self.init {
            while let entry = try reader.next() {
                if let files = FolderStore.files(of: entry) { return files }
            }
            return nil
        }
    }
}
