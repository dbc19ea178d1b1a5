import PipelineKit

/// Decides whether pages are light enough.
struct PageWeights {
    struct Page: Equatable {
        var key: String
        var bytes: Int
    }

    let limit: Int
    private(set) var heaviest: Page?
    private(set) var tooHeavy: [Page] = []

    init(limit: Int) {
        self.limit = limit
    }

    mutating func add(_ key: String, bytes: Int) {
        let page = Page(key: key, bytes: bytes)
        if bytes > heaviest?.bytes ?? -1 { heaviest = page }
        if bytes > limit { tooHeavy.append(page) }
    }

    /// The error that names the five heaviest pages; nil if none weighs too much.
    var failure: StepError? {
        guard !tooHeavy.isEmpty else { return nil }
        let worst = tooHeavy.sorted { ($1.bytes, $0.key) < ($0.bytes, $1.key) }
        let named = worst.prefix(5).map { "\($0.key) (\(ByteCount($0.bytes).text))" }.joined(separator: ", ")
        let rest = worst.count > 5 ? " and \(worst.count - 5) more" : ""
        return StepError(
            "page-too-heavy", "\(worst.count) pages weigh more than \(ByteCount(limit).text): \(named)\(rest)",
            help: "make them lighter, or raise `limit`")
    }
}
