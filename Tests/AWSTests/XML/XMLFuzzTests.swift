import AWS
import Testing

/// Documents broken by a seeded generator: each is either refused or read, and what is read can be walked.
@Suite struct XMLFuzzTests {
    static let seeds = [
        """
        <?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Contents><Key>a%20b</Key>\
        <Size>12</Size></Contents><IsTruncated>false</IsTruncated></ListBucketResult>
        """,
        "<A b='1&amp;' c=\"2\"><!-- c --><B><![CDATA[x]]]]></B><?pi q?>&#x1F600;&lt;é\r\n<C/></A>",
        "<x:A xmlns:x='u'><x:OriginPath>/releases/v1</x:OriginPath></x:A>",
    ]

    @Test(arguments: 0..<8)
    func neverCrashes(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        var read = 0
        for round in 0..<1_500 {
            var bytes = Array(Self.seeds[round % Self.seeds.count].utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) { mutate(&bytes, &random) }
            guard let document = try? XMLTree(bytes) else { continue }
            read += 1
            walk(document.root, in: 0..<bytes.count, bytes: bytes)
        }
        #expect(read > 100)
    }

    private func walk(_ element: XMLElement, in outer: Range<Int>, bytes: [UInt8]) {
        #expect(outer.lowerBound <= element.range.lowerBound && element.range.upperBound <= outer.upperBound)
        #expect(bytes[element.range.lowerBound] == UInt8(ascii: "<"))
        #expect(bytes[element.range.upperBound - 1] == UInt8(ascii: ">"))
        #expect(!element.name.isEmpty)
        #expect(element.text.utf8.count <= element.range.count)
        for child in element.children { walk(child, in: element.contentRange ?? 0..<0, bytes: bytes) }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(bytes.count, index + Int.random(in: 1...8, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(contentsOf: bytes[index..<end], at: index)
        case 3: bytes.removeSubrange(index..<end)
        case 4: bytes.insert("<>&;'\"/!?-[]=#x".utf8.randomElement(using: &random) ?? 0, at: index)
        default: bytes.removeSubrange(index...)
        }
    }
}

/// The generator of Steele, Lea and Flood: the same numbers for the same seed, everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
