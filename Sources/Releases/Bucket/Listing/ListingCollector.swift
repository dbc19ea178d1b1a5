internal import Synchronization
internal import SystemPackage

/// Takes files in any order; what does not fit into a few MiB of memory goes to the disk in sorted pieces.
///
/// It belongs to the task that adds.
final class ListingCollector {
    private var buffer = ListingBuffer()
    private var runs: [ListingRun] = []
    private var count = 0
    private let folder: FilePath
    private let memory: Int

    /// - Parameters:
    ///   - folder: for what does not fit into memory.
    ///   - memory: how much may stay there, in bytes.
    init(in folder: FilePath, memory: Int = 4 << 20) {
        (self.folder, self.memory) = (folder, memory)
    }

    deinit {
        ListingRun.remove(runs)
    }

    func add(_ file: ListedFile) throws {
        buffer.add(file)
        count += 1
        if buffer.memory >= memory { try spill() }
    }

    /// All that were added; the collector is empty after it.
    func finish() throws -> SortedListing {
        if runs.isEmpty {
            buffer.sort()
            runs = [.memory(buffer)]
        } else if buffer.count > 0 {
            try spill()
        }
        defer { (runs, buffer, count) = ([], ListingBuffer(), 0) }
        return SortedListing(runs, count: count)
    }

    private static let number = Atomic(0)

    private func spill() throws {
        buffer.sort()
        let name = "listing-\(Self.number.add(1, ordering: .relaxed).newValue).jsonl"
        runs.append(try ListingRun.write(buffer, to: folder.appending(name)))
        buffer.removeAll()
    }
}
