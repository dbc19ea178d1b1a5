internal import PipelineKit
internal import Releases

/// Takes some files of a release: first those that differ from the release before, then others at random.
enum ReleaseSample {
    /// `index.html` is always taken. Files with other bytes than in the release before come first, and take half of the
    /// sample if there are enough: a new file may have been put into the release before as well.
    ///
    /// - Parameters:
    ///   - next: gives the release's files, in the order of their keys' bytes.
    ///   - old: the files of the release before.
    /// - Returns: at most `size` files, in the order of their keys.
    static func take(
        _ size: Int, random: RandomSource, from next: () throws -> ManifestEntry?,
        before old: SortedLookup<ManifestEntry>?
    ) throws -> [ReleaseFile] {
        var (changed, added, same) = (Reservoir(size, random), Reservoir(size, random), Reservoir(size, random))
        var index: Reservoir.Drawn?
        var number = 0
        while let entry = try next() {
            number += 1
            let before = try old?.element(entry.key)
            let drawn = Reservoir.Drawn(number: number, file: ReleaseFile(entry: entry, earlier: before))
            if entry.key == "index.html" {
                index = drawn
            } else if let before {
                if before.hasSameContent(as: entry) { same.add(drawn) } else { changed.add(drawn) }
            } else {
                added.add(drawn)
            }
        }
        let room = index == nil ? size : size - 1
        let half = (room + 1) / 2
        let (first, second) = (changed.shuffled(), added.shuffled())
        let inOrder =
            [first.prefix(half), second.prefix(room - half), first.dropFirst(half), second.dropFirst(room - half)]
            .joined() + same.shuffled()
        let sample = [index].compactMap { $0 } + inOrder.prefix(room)
        return sample.sorted { $0.number < $1.number }.map(\.file)
    }
}

/// Keeps a random part of a stream: each element is as likely as any other.
private struct Reservoir {
    struct Drawn {
        var number: Int
        var file: ReleaseFile
    }

    private let size: Int
    private let random: RandomSource
    private var kept: [Drawn] = []
    private var seen = 0

    init(_ size: Int, _ random: RandomSource) {
        self.size = size
        self.random = random
    }

    mutating func add(_ drawn: Drawn) {
        seen += 1
        if kept.count < size { return kept.append(drawn) }
        let place = Int(random.nextFraction() * Double(seen))
        if place < size { kept[place] = drawn }
    }

    func shuffled() -> [Drawn] {
        var all = kept
        for last in all.indices.reversed() { all.swapAt(last, Int(random.nextFraction() * Double(last + 1))) }
        return all
    }
}
