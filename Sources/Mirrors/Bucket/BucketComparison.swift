internal import PipelineKit
internal import Releases
internal import Synchronization

/// Tells which objects are as they must be: some threads read files while one of them reads the lists.
final class BucketComparison: Sendable {
    private let jobs: Mutex<MirrorJobs>
    private let comparison: ObjectComparison

    /// Files that are in memory together.
    private static let portion = 4_096

    init(_ jobs: sending MirrorJobs, _ comparison: ObjectComparison) {
        self.jobs = Mutex(jobs)
        self.comparison = comparison
    }

    struct Portion: Sendable {
        /// How many are as they should be.
        var same = 0
        /// The others, in their order.
        var wrong: [MirrorJobs.Wanted] = []
    }

    /// - Returns: what is found out of the next files; nil at the end.
    func next() async throws -> Portion? {
        let looks = try await OrderedWork.run(
            threads: BlockingWork.processors, next: upToPortion(),
            makeWorker: { [comparison] flag in
                let digester = PartDigester()
                return { _, wanted in
                    switch try comparison.hasRightETag(wanted.job, digester, flag) {
                    case true?: .right
                    case false?: .wrong(wanted)
                    case nil: .doubtful(wanted)
                    }
                }
            }, sink: Looks())
        if looks.count == 0 { return nil }
        var portion = Portion(same: looks.count - looks.others.count)
        let answers = try await comparison.haveRightSHA256(looks.others.filter(\.isDoubtful).map(\.wanted.job))
        var answer = answers.makeIterator()
        for other in looks.others {
            if other.isDoubtful, answer.next() == true { portion.same += 1 } else { portion.wrong.append(other.wanted) }
        }
        return portion
    }

    private func upToPortion() -> () throws -> MirrorJobs.Wanted? {
        var left = Self.portion
        return { [self] in
            guard left > 0 else { return nil }
            left -= 1
            return try jobs.withLock { try $0.next() }
        }
    }

    private enum Look: Sendable {
        case right
        case wrong(MirrorJobs.Wanted)
        /// The ETag does not tell.
        case doubtful(MirrorJobs.Wanted)
    }

    private struct Looks: ResultSink {
        var count = 0
        var others: [(wanted: MirrorJobs.Wanted, isDoubtful: Bool)] = []

        mutating func take(_ look: Look) {
            count += 1
            switch look {
            case .right: break
            case .wrong(let wanted): others.append((wanted, false))
            case .doubtful(let wanted): others.append((wanted, true))
            }
        }

        func finish() -> Self { self }
    }
}
