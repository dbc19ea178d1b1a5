import TestSupport
import Testing

@testable import Releases

@Suite struct MergeJoinTests {
    private struct Item: Keyed, Equatable {
        var key: String
        var value = 0
    }

    private struct Broken: Error {}

    private func stream(_ keys: [String], value: Int = 0) -> () -> Item? {
        var rest = keys.makeIterator()
        return { rest.next().map { Item(key: $0, value: value) } }
    }

    private func rows(_ left: [String], _ right: [String]) throws -> [String] {
        var join = MergeJoin(stream(left, value: 1), stream(right, value: 2))
        var rows: [String] = []
        while let row = try join.next() {
            switch row {
            case .left(let item): rows.append("\(item.key) \(item.value)")
            case .right(let item): rows.append("\(item.key)  \(item.value)")
            case .both(let left, let right): rows.append("\(left.key) \(left.value) \(right.value)")
            }
        }
        // It stays at its end.
        #expect(try join.next() == nil)
        return rows
    }

    @Test func eachKeyComesOnce() throws {
        #expect(try rows([], []) == [])
        #expect(try rows(["a"], []) == ["a 1"])
        #expect(try rows([], ["a"]) == ["a  2"])
        #expect(try rows(["a", "c", "d"], ["b", "c"]) == ["a 1", "b  2", "c 1 2", "d 1"])
        #expect(try rows(["b"], ["a", "b", "c"]) == ["a  2", "b 1 2", "c  2"])
    }

    /// Characters that look the same, and orders in which strings and their bytes differ.
    @Test func keysAreComparedByTheirBytes() throws {
        #expect(try rows(["e\u{301}"], ["\u{e9}"]) == ["e\u{301} 1", "\u{e9}  2"])
        #expect(
            try rows(["a-b", "a/b", "\u{FFFD}"], ["a", "a/b", "\u{10000}"]) == [
                "a  2", "a-b 1", "a/b 1 2", "\u{FFFD} 1", "\u{10000}  2",
            ])
        for (left, right, order) in [
            ("", "", 0), ("", "a", -1), ("a", "", 1), ("a", "a\u{0}", -1), ("\u{7F}", "\u{80}", -1), ("b", "ab", 1),
            ("some-longer-key/than-fits-a-word", "some-longer-key/than-fits-a-work", -1),
        ] {
            #expect(left.orderByBytes(right).signum() == order, "\(left) \(right)")
            #expect(left.precedesByBytes(right) == (order < 0) && left.hasSameBytes(as: right) == (order == 0))
        }
    }

    @Test func randomStreamsAreJoinedAsSetsAre() throws {
        var random = SeededRandom(seed: 7)
        let alphabet = (0..<40).map { String($0, radix: 3) }.sorted { $0.precedesByBytes($1) }
        for _ in 0..<200 {
            let left = alphabet.filter { _ in Bool.random(using: &random) }
            let right = alphabet.filter { _ in Bool.random(using: &random) }
            let expected = alphabet.compactMap { key -> String? in
                switch (left.contains(key), right.contains(key)) {
                case (true, true): "\(key) 1 2"
                case (true, false): "\(key) 1"
                case (false, true): "\(key)  2"
                case (false, false): nil
                }
            }
            #expect(try rows(left, right) == expected)
            let lookup = try SortedLookup(stream(right))
            #expect(try left.filter { try lookup.element($0) != nil } == left.filter(right.contains))
        }
    }

    /// A caller that looks at a row may use what the stream remembers of its element.
    @Test func nothingIsReadAheadOfTheRow() throws {
        var newest = ""
        let left = stream(["a", "b", "d"])
        var join = MergeJoin(
            {
                let item = left()
                newest = item?.key ?? ""
                return item
            }, stream(["a", "c", "d"]))
        var seen: [String] = []
        while let row = try join.next() {
            if case .both(let item, _) = row { #expect(item.key == newest) }
            if case .left(let item) = row { #expect(item.key == newest) }
            seen.append(newest)
        }
        #expect(seen == ["a", "b", "d", "d"])
    }

    @Test func anErrorOfAStreamEndsTheJoin() throws {
        var join = MergeJoin(stream(["a"]), { () throws -> Item? in throw Broken() })
        #expect(throws: Broken.self) { try join.next() }
        #expect(throws: Broken.self) { try SortedLookup { () throws -> Item? in throw Broken() } }
    }

    @Test func theSameKeyMayBeLookedUpAgain() throws {
        let lookup = try SortedLookup(stream(["b", "d"]))
        let found = try ["a", "b", "b", "c", "d", "e"].map { try lookup.element($0)?.key }
        #expect(found == [nil, "b", "b", nil, "d", nil])
    }

    /// `-` and `.` come before `/`, and a sibling may come after many files.
    @Test func siblingsComeAtTheirPlaces() throws {
        let pairs = ["a", "a-b", "a.css", "a.gz-", "a/b", "b"].map { key in
            (file: Item(key: key), sibling: key.hasSuffix("-") ? nil : Item(key: key + ".gz", value: 1))
        }
        var rest = pairs.makeIterator()
        let files = try FilesWithSiblings { rest.next() }
        var found: [String] = []
        while let file = try files.next() { found.append(file.key) }
        #expect(
            found == [
                "a", "a-b", "a-b.gz", "a.css", "a.css.gz", "a.gz", "a.gz-", "a/b", "a/b.gz", "b", "b.gz",
            ])
        #expect(found == found.sorted { $0.precedesByBytes($1) })
        #expect(try files.next() == nil)
    }
}
