internal import PipelineKit
internal import Releases

/// Takes some files of a release at random.
enum ReleaseSample {
    /// Each file is as likely as any other, but `index.html` is always taken.
    ///
    /// - Returns: at most `size` entries, in the order of their keys.
    static func take(
        _ size: Int, random: RandomSource, from next: () throws -> ManifestEntry?
    ) rethrows -> [ManifestEntry] {
        var sample: [(number: Int, entry: ManifestEntry)] = []
        var index: (number: Int, entry: ManifestEntry)?
        var (number, seen) = (0, 0)
        while let entry = try next() {
            number += 1
            if entry.key == "index.html" {
                index = (number, entry)
                continue
            }
            seen += 1
            if sample.count < size {
                sample.append((number, entry))
            } else {
                let place = Int(random.nextFraction() * Double(seen))
                if place < size { sample[place] = (number, entry) }
            }
        }
        if let index {
            if sample.count == size { sample.remove(at: Int(random.nextFraction() * Double(size))) }
            sample.append(index)
        }
        return sample.sorted { $0.number < $1.number }.map(\.entry)
    }
}
