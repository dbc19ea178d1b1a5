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
    }
}
