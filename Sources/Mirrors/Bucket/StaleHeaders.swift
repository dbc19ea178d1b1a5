internal import ObjectStorage
internal import PipelineKit
internal import Releases

/// The keys of objects that have the right bytes, as far as their size tells, and other headers than the rules say now.
///
/// Each is asked for by a request of its own, because a listing does not tell headers. So of many files only those that a
/// rule is for are looked at.
struct StaleHeaders: Sendable {
    private var keys: Set<[UInt8]> = []
    /// Files without a rule that have other headers than they would get now. They keep them.
    private(set) var kept = FileSample()

    private static let questionsAtOnce = 128
    /// More files without a rule are not asked for.
    private static let mostQuestions = 1_000

    /// None.
    init() {}

    init(_ mirror: BucketMirror, _ listing: SortedListing) async throws {
        if listing.count == 0 { return }
        let jobs = try MirrorJobs(mirror, listing.makeReader(), StaleHeaders())
        let objects = mirror.objects
        let asksAll = listing.count <= Self.mostQuestions
        try await withThrowingTaskGroup(of: String?.self) { group in
            var underWay = 0
            while let wanted = try jobs.next() {
                guard wanted.sizeBefore == wanted.job.upload.size, asksAll || mirror.rules.decide(about: wanted.key)
                else { continue }
                if underWay == Self.questionsAtOnce {
                    add(try await group.next() ?? nil, mirror.rules)
                    underWay -= 1
                }
                underWay += 1
                group.addTask {
                    guard let there = try await objects.headObject(wanted.job.upload.key) else { return nil }
                    return wanted.job.upload.headers.differ(fromReply: there.headers) ? wanted.key : nil
                }
            }
            for try await key in group { add(key, mirror.rules) }
        }
    }

    private mutating func add(_ key: String?, _ rules: HeaderRules) {
        guard let key else { return }
        if rules.decide(about: key) { keys.insert(Array(key.utf8)) } else { kept.add(key) }
    }

    func contain(_ key: String) -> Bool { !keys.isEmpty && keys.contains(Array(key.utf8)) }
}
