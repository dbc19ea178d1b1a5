internal import Logging
internal import PipelineKit

/// What a run is doing, for the live line and the heartbeat.
struct RunStatus {
    struct Work {
        var id: String
        var kind: String
        var isUndoing: Bool
        var began: ContinuousClock.Instant
        /// What it waits for, if it does.
        var note = ""
        /// What it has said last, such as what it waits for.
        var said = ""
        var progress: Progress.State?
        /// What held it up last, and when.
        var slowed: (by: String, at: ContinuousClock.Instant)?
        /// Progress of this attempt, the oldest first, from which rates are measured: at most two a second, and only the
        /// first one is older than `window`.
        var recent: [(time: ContinuousClock.Instant, state: Progress.State)] = []

        /// How far back a rate looks: a transfer that begins slowly must not seem slow for ever.
        static let window = Duration.seconds(10)
        /// How long what held it up is told: calls beside it continue, and each tells how far the step is.
        static let slowedFor = Duration.seconds(5)
    }

    private(set) var work: Work?
    /// Whether a rollback has warned, such as of files that it may not delete.
    private(set) var rollbackWarned = false

    mutating func apply(_ event: RunEvent, at now: ContinuousClock.Instant) {
        switch event {
        case .leaseAwaited(let resource, _):
            if work == nil { work = Work(id: "lease", kind: "", isUndoing: false, began: now) }
            work?.note = "waiting for \(resource)"
        case .stepStarted(let id, let kind): work = Work(id: id, kind: kind, isUndoing: false, began: now)
        case .rollbackStarted(let id, let kind): work = Work(id: id, kind: kind, isUndoing: true, began: now)
        case .progress(_, let state): note(state, at: now)
        case .attemptFailed(_, let attempt, _, let delay):
            work?.progress = nil
            work?.slowed = nil
            work?.recent = []
            work?.note = "attempt \(attempt.number + 1) of \(attempt.of) in \(delay.text)"
        case .stepPrepared: work?.note = ""
        case .phaseStarted, .stepSkipped, .stepFinished, .runFailed, .rollbackFinished, .runEnded: work = nil
        case .log(_, let level, _) where level >= .warning && work?.isUndoing == true: rollbackWarned = true
        case .log(let id, .info, let text) where id != nil && id == work?.id: work?.said = text.flat
        case .runStarted, .log: break
        }
    }

    private mutating func note(_ state: Progress.State, at now: ContinuousClock.Instant) {
        guard var work else { return }
        if let reason = state.slowedBy { work.slowed = (reason, now) }
        guard !state.isUncounted else { return self.work = work }
        if let last = work.progress, last.done > state.done || last.unit != state.unit { work.recent = [] }
        let isDue = work.recent.last.map { $0.time.duration(to: now) >= .milliseconds(500) } ?? true
        if isDue { work.recent.append((now, state)) }
        while work.recent.count > 1, work.recent[1].time.duration(to: now) >= RunStatus.Work.window {
            work.recent.removeFirst()
        }
        work.progress = state
        work.note = ""
        self.work = work
    }
}

extension RunStatus.Work {
    /// How far it is: as much as fits.
    func detail(at now: ContinuousClock.Instant, width: Int) -> String {
        let reason = slowed.flatMap { $0.at.duration(to: now) < Self.slowedFor ? $0.by.flat : nil }
        guard let progress else { return (reason ?? note).cut(to: width) }
        let count = Self.count(progress)
        let bytes = progress.bytes > 0 ? ByteCount(progress.bytes).text : nil
        let speed = speed(at: now)
        let rate = speed.bytes.map { "\(ByteCount(Int($0)).text)/s" }
        let left = speed.left.map { "\($0.text) left" }
        // What holds it up is worth more than a rate that is about to change.
        let choices =
            reason == nil
            ? [[count, bytes, rate, left], [count, bytes, left], [count, left], [count]] : [[count, bytes], [count]]
        let texts = choices.map { $0.compactMap(\.self).joined(separator: ", ") }
        let asked = reason.map { $0.columns + 2 } ?? 0
        let text = texts.first { $0.columns + asked <= width } ?? count.cut(to: width)
        let rest = reason ?? progress.detail.flat
        let room = width - text.columns - 2
        return room < 12 || rest.isEmpty ? text : text + ", " + rest.cut(to: room)
    }

    /// Since it began, in whole seconds.
    func elapsed(at now: ContinuousClock.Instant) -> Duration {
        .seconds(began.duration(to: now).components.seconds)
    }

    private static func count(_ progress: Progress.State) -> String {
        let done = CountText.text(progress.done)
        if let total = progress.total {
            let percent = total > 0 ? ", \(100 * min(progress.done, total) / total)%" : ""
            return "\(done) of \(CountText.text(total)) \(progress.unit)\(percent)"
        }
        let isOne = progress.done == 1 && progress.unit.hasSuffix("s")
        return "\(done) \(isOne ? String(progress.unit.dropLast()) : progress.unit)"
    }

    /// Bytes a second, and the time left; neither before two seconds of it have been seen.
    private func speed(at now: ContinuousClock.Instant) -> (bytes: Double?, left: Duration?) {
        guard let first = recent.first, let progress else { return (nil, nil) }
        let milliseconds = first.time.duration(to: now).inMilliseconds
        guard milliseconds >= 2_000 else { return (nil, nil) }
        let seconds = Double(milliseconds) / 1_000
        let bytes = Double(progress.bytes - first.state.bytes) / seconds
        let items = Double(progress.done - first.state.done) / seconds
        var left: Duration?
        if let total = progress.total, total > progress.done, items > 0 {
            left = .seconds(Int((Double(total - progress.done) / items).rounded(.up)))
        }
        return (bytes >= 1 ? bytes : nil, left)
    }
}
