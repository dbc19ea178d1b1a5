import Testing

@testable import PageWeightStep

@Suite struct PageWeightsTests {
    @Test func lightPagesPass() {
        var weights = PageWeights(limit: 100)
        weights.add("index.html", bytes: 100)
        weights.add("about.html", bytes: 40)
        #expect(weights.failure == nil)
        #expect(weights.heaviest == PageWeights.Page(key: "index.html", bytes: 100))
    }

    @Test func heavyPagesAreNamedHeaviestFirst() {
        var weights = PageWeights(limit: 2_048)
        weights.add("a.html", bytes: 3_072)
        weights.add("b.html", bytes: 10)
        weights.add("c.html", bytes: 4_096)
        #expect(weights.failure?.message == "2 pages weigh more than 2.0 KiB: c.html (4.0 KiB), a.html (3.0 KiB)")
    }

    @Test func noPageIsNoFailure() {
        #expect(PageWeights(limit: 1).failure == nil)
    }
}
