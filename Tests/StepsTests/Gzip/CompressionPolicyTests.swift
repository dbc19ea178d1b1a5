import PipelineKit
import Releases
import Testing

@testable import GzipStep

@Suite struct CompressionPolicyTests {
    @Test(arguments: [(95, 100, true), (96, 100, false), (100, 100, false), (120, 100, false), (0, 0, false)])
    func theSavingDecides(compressed: Int, original: Int, isKept: Bool) {
        #expect(CompressionPolicy(minSaving: 5).keeps(compressed, of: original) == isKept)
    }

    @Test(arguments: [(99, true), (100, false), (101, false)])
    func nothingIsKeptThatSavesNothing(compressed: Int, isKept: Bool) {
        #expect(CompressionPolicy(minSaving: 0).keeps(compressed, of: 100) == isKept)
    }

    @Test func typesDecideUnlessPatternsAreGiven() throws {
        let byType = CompressionPolicy()
        #expect(byType.tries("a.html", contentType: "text/html; charset=utf-8"))
        #expect(!byType.tries("a.png", contentType: "image/png"))
        let byPattern = try CompressionPolicy(include: [Glob("*.png")])
        #expect(!byPattern.tries("a.html", contentType: "text/html; charset=utf-8"))
        #expect(byPattern.tries("a.png", contentType: "image/png"))
        let exceptSome = try CompressionPolicy(exclude: [Glob("raw/**")])
        #expect(!exceptSome.tries("raw/a.html", contentType: "text/html; charset=utf-8"))
    }

    /// What the kind's own page says.
    @Test func theTableIsTrue() throws {
        let rows = try #require(Gzip.kind.table?.rows)
        func endings(_ row: Int) -> [String] {
            rows[row].subject.split(whereSeparator: { " ,…".contains($0) }).map(String.init).filter { $0.count < 12 }
        }
        for ending in endings(0) {
            #expect(CompressionPolicy().tries("a.\(ending)", contentType: ContentType.of("a.\(ending)")), "\(ending)")
        }
        for ending in endings(1).prefix(10) {
            #expect(CompressionPolicy().leaves("a.\(ending)", contentType: ContentType.of("a.\(ending)")), "\(ending)")
        }
        for ending in endings(2) {
            let type = ContentType.of("a.\(ending)")
            #expect(type != "application/octet-stream", "\(ending)")
            #expect(
                !CompressionPolicy().tries("a", contentType: type) && !ContentType.isCompressible(type), "\(ending)")
        }
    }

    /// What a plan tells of: files that would get smaller, and that nobody has decided about.
    @Test func whatIsLeftIsWhatIncludeWouldAdd() throws {
        let json = "application/json; charset=utf-8"
        #expect(CompressionPolicy().leaves("a.json", contentType: json))
        #expect(!CompressionPolicy().leaves("a.js.map", contentType: json))
        #expect(!CompressionPolicy().leaves("a.png", contentType: "image/png"))
        #expect(!(try CompressionPolicy(include: [Glob("*.html")])).leaves("a.json", contentType: json))
        #expect(!(try CompressionPolicy(exclude: [Glob("*.json")])).leaves("a.json", contentType: json))
    }
}
