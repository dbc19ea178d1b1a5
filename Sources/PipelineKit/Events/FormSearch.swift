internal import Glibc

/// Finds every form of every secret in one pass over a text: a secret that is JSON has thousands of forms, and a line of
/// output hardly ever has one.
///
/// Of a form of 8 bytes or more, its first 8 bytes are a seed, and each 8 bytes behind those if parts of it count, and its
/// last 8. So a part of 16 bytes has a whole seed in it, wherever it was broken off, and so has what is left at the end of
/// the form if it is 8 bytes long. A seed that is found in the text is followed to both sides. The memory is that of the
/// forms, and 16 bytes a seed.
struct FormSearch: Sendable {
    private static let seedLength = 8
    /// The forms with one seed and the same bytes of it are told apart one by one, so there is a limit.
    private static let mostOfOneSeed = 64

    private struct Seed {
        var key: UInt64
        var form: Int32
        var offset: Int32
    }

    let forms: [SecretForm]
    /// In the order of their keys.
    private var seeds: [Seed] = []
    private var mayBeSeed = BitSet(places: 1)
    /// Those too short for a seed, by their first three bytes; the longest first.
    private var short: [UInt32: [Int32]] = [:]
    private var mayBeShort = BitSet(places: 1)

    init(_ forms: some Collection<SecretForm>) {
        self.forms = Array(forms)
        for (number, form) in self.forms.enumerated() {
            form.bytes.withUnsafeBytes { add(Int32(number), form.leastPart != nil, $0) }
        }
        seeds.sort { ($0.key, $0.form, $0.offset) < ($1.key, $1.form, $1.offset) }
        mayBeSeed = BitSet(places: seeds.count)
        for seed in seeds { mayBeSeed.insert(seed.key) }
        mayBeShort = BitSet(places: short.count)
        for key in short.keys {
            mayBeShort.insert(UInt64(key))
            short[key]?.sort { self.forms[Int($0)].bytes.count > self.forms[Int($1)].bytes.count }
        }
    }

    private mutating func add(_ number: Int32, _ hasParts: Bool, _ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.seedLength else {
            if bytes.count >= 3 { short[Self.triple(bytes, 0), default: []].append(number) }
            return
        }
        seeds.append(Seed(key: Self.key(bytes, 0), form: number, offset: 0))
        let last = bytes.count - Self.seedLength
        guard hasParts, last > 0 else { return }
        for offset in Array(stride(from: Self.seedLength, to: last, by: Self.seedLength)) + [last] {
            // A row of one character is in many texts.
            if Set(bytes[offset..<(offset + Self.seedLength)]).count < 3 { continue }
            seeds.append(Seed(key: Self.key(bytes, offset), form: number, offset: Int32(offset)))
        }
    }

    var isEmpty: Bool { forms.isEmpty }

    private static func key(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt64 {
        bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    }

    private static func triple(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt32 {
        UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
    }

    // MARK: - The search

    /// Returns where forms are, in the order of their beginnings. They may overlap.
    func ranges(in text: [UInt8]) -> [Range<Int>] {
        text.withUnsafeBytes { text in
            var found = Found()
            for index in 0..<max(0, text.count - 2) {
                if index + Self.seedLength <= text.count {
                    let key = Self.key(text, index)
                    if mayBeSeed.contains(key) { follow(key, at: index, in: text, &found) }
                }
                let triple = Self.triple(text, index)
                if mayBeShort.contains(UInt64(triple)) { lookForShort(triple, at: index, in: text, &found) }
            }
            return found.ranges.sorted { ($0.lowerBound, $1.upperBound) < ($1.lowerBound, $0.upperBound) }
        }
    }

    private struct Found {
        var ranges: [Range<Int>] = []
        /// The last ones by their form: a long match has many seeds, and is followed once.
        private var last: [(form: Int32, start: Int, end: Int)] = []

        func has(_ form: Int32, from start: Int, around index: Int) -> Bool {
            last.contains { $0.form == form && $0.start == start && index < $0.end }
        }

        mutating func add(_ range: Range<Int>, of form: Int32, from start: Int) {
            ranges.append(range)
            if last.count == 8 { last.removeFirst() }
            last.append((form, start, range.upperBound))
        }
    }

    private func lookForShort(_ triple: UInt32, at index: Int, in text: UnsafeRawBufferPointer, _ found: inout Found) {
        guard let numbers = short[triple] else { return }
        let longest = numbers.first { number in
            text[index...].starts(with: forms[Int(number)].bytes)
        }
        if let longest { found.ranges.append(index..<(index + forms[Int(longest)].bytes.count)) }
    }

    private func follow(_ key: UInt64, at index: Int, in text: UnsafeRawBufferPointer, _ found: inout Found) {
        var (low, high) = (0, seeds.count)
        while low < high {
            let middle = (low + high) / 2
            if seeds[middle].key < key { low = middle + 1 } else { high = middle }
        }
        for seed in seeds[low...].prefix(Self.mostOfOneSeed).prefix(while: { $0.key == key }) {
            let start = index - Int(seed.offset)
            if found.has(seed.form, from: start, around: index) { continue }
            let form = forms[Int(seed.form)]
            let range = form.bytes.withUnsafeBytes { bytes in
                form.leastPart == nil
                    ? Self.whole(bytes, text, index) : Self.common(bytes, Int(seed.offset), text, index)
            }
            let touchesEnd = range.lowerBound == start || range.upperBound == start + form.bytes.count
            if !range.isEmpty, touchesEnd || range.count >= form.leastPart ?? 0 {
                found.add(range, of: seed.form, from: start)
            }
        }
    }

    /// The range of the form at a place of the text, empty if it is not there.
    private static func whole(
        _ form: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer, _ index: Int
    ) -> Range<Int> {
        guard index + form.count <= text.count, let wanted = form.baseAddress, let base = text.baseAddress,
            memcmp(base + index, wanted, form.count) == 0
        else { return index..<index }
        return index..<(index + form.count)
    }

    /// The range of the text around a place that is the same as in the form around another.
    private static func common(
        _ form: UnsafeRawBufferPointer, _ offset: Int, _ text: UnsafeRawBufferPointer, _ index: Int
    ) -> Range<Int> {
        var before = 0
        while before < min(offset, index), form[offset - before - 1] == text[index - before - 1] { before += 1 }
        var length = seedLength
        while offset + length < form.count, index + length < text.count, form[offset + length] == text[index + length] {
            length += 1
        }
        return (index - before)..<(index + length)
    }
}

/// A set of numbers that may say that it has one which it does not have, and never the opposite.
private struct BitSet: Sendable {
    private var bits: [UInt64]
    private let shift: UInt64

    /// - Parameter places: how many numbers it will have.
    init(places: Int) {
        var power: UInt64 = 10
        while power < 22, 1 << power < places * 16 { power += 1 }
        bits = [UInt64](repeating: 0, count: 1 << (power - 6))
        shift = 64 - power
    }

    mutating func insert(_ number: UInt64) {
        let place = place(of: number)
        bits[Int(place >> 6)] |= 1 << (place & 63)
    }

    func contains(_ number: UInt64) -> Bool {
        let place = place(of: number)
        return bits[Int(place >> 6)] & (1 << (place & 63)) != 0
    }

    private func place(of number: UInt64) -> UInt64 { (number &* 0x9E37_79B9_7F4A_7C15) >> shift }
}
