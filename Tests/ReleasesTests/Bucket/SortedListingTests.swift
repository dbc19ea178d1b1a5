import HTTP
import SystemPackage
import Testing

@testable import Releases

@Suite struct SortedListingTests {
    /// In the order of a server that lists folder by folder.
    private static let pages = [
        listing([("p/a/b", 1, "1"), ("p/a/c", 2, "2"), ("p/", 0, "0")], next: "t"),
        listing([("p/a-b", 3, "3"), ("p/a", 4, "4"), ("p/\u{301}x", 5, "5"), ("p/Z", 6, "6")]),
    ]

    @Test func givesKeysInTheOrderOfTheirBytes() async throws {
        let sender = AnsweringSender { _, number in (200, HTTPHeaders(), Self.pages[number]) }
        let listing = try await SortedListing.of(sender.s3, below: "p/", in: "/nowhere")
        let reader = try listing.makeReader()
        var found: [ListedFile] = []
        while let file = try reader.next() { found.append(file) }
        #expect(found.map(\.key) == ["Z", "a", "a-b", "a/b", "a/c", "\u{301}x"])
        #expect(found.map(\.size) == [6, 4, 3, 1, 2, 5])
        #expect(found.map(\.etag) == ["6", "4", "3", "1", "2", "5"].map { "\"\($0)\"" })
        #expect(listing.count == 6)
        #expect(sender.calls.count == 2)
    }

    @Test func looksUpWhatIsThere() async throws {
        let sender = AnsweringSender { _, number in (200, HTTPHeaders(), Self.pages[number]) }
        let listing = try await SortedListing.of(sender.s3, below: "p/", in: "/nowhere")
        let present = try SortedLookup(listing.makeReader().next)
        let sizes = try ["Z", "a", "a!", "a/c", "b", "zz", "\u{301}x"].map { try present.element($0)?.size }
        #expect(sizes == [6, 4, nil, 2, nil, nil, 5])
    }

    @Test func manyFilesTakeLittleMemory() {
        var buffer = ListingBuffer()
        for number in 0..<20_000 {
            buffer.add(
                ListedFile(
                    key: "assets/pages/some-page-\(number).html", size: number, etag: String(repeating: "a", count: 34))
            )
        }
        #expect(buffer.memory < 20_000 * 100)
        buffer.sort()
        #expect(buffer[0].key == "assets/pages/some-page-0.html" && buffer[19_999].size == 9_999)
    }
}
