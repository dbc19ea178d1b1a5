internal import ObjectStorage
internal import PipelineKit
internal import Releases

/// The keys of objects that have the right bytes, as far as their size tells, and other headers than the rules say now.
///
/// Each is asked for by a request of its own, because a listing does not tell headers. So only files that a rule is for
/// are looked at.
struct StaleHeaders: Sendable {
    private var keys: Set<[UInt8]> = []

    private static let questionsAtOnce = 128

    /// None.
    init() {}

    init(_ mirror: BucketMirror, _ listing: SortedListing.Reader) async throws {
        let jobs = try MirrorJobs(mirror, listing, StaleHeaders())
        let objects = mirror.objects
        try await withThrowingTaskGroup(of: String?.self) { group in
            var underWay = 0
            while let wanted = try jobs.next() {
                guard wanted.sizeBefore == wanted.job.upload.size, mirror.rules.decide(about: wanted.key) else {
                    continue
                }
                if underWay == Self.questionsAtOnce {
                    add(try await group.next() ?? nil)
                    underWay -= 1
                }
                underWay += 1
                group.addTask {
                    guard let there = try await objects.headObject(wanted.job.upload.key) else { return nil }
                    return wanted.job.upload.headers.differ(fromReply: there.headers) ? wanted.key : nil
                }
            }
            for try await key in group { add(key) }
        }
    }

    private mutating func add(_ key: String?) {
        if let key { keys.insert(Array(key.utf8)) }
    }

    func contain(_ key: String) -> Bool { !keys.isEmpty && keys.contains(Array(key.utf8)) }
}
