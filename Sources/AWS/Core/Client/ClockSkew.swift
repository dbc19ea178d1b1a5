internal import FoundationEssentials
internal import Synchronization

/// How far this machine's clock is behind the services'.
///
/// Requests are signed by this machine's clock until a service refuses that: services accept 5 minutes or more, and what one
/// of them accepts need not be changed. Records of several machines are compared with each other, and have the services' time
/// as soon as a reply tells it.
final class ClockSkew: Sendable {
    /// In seconds. A smaller difference is not why a service has refused a signature.
    static let tolerance: Double = 240

    private struct State {
        /// In seconds, for signatures.
        var correction = 0.0
        /// In seconds, for records; nil until a reply has told the time.
        var observed: Double?
    }

    private let state = Mutex(State())

    /// The time to sign with.
    func correct(_ local: Date) -> Date { local.addingTimeInterval(state.withLock { $0.correction }) }

    /// A moment of this machine's clock, by the services'.
    func date(_ local: Date) -> Date {
        local.addingTimeInterval(state.withLock { $0.observed ?? $0.correction })
    }

    var isObserved: Bool { state.withLock { $0.observed != nil } }

    /// Takes the time that a service has refused a signature with.
    func learn(server: Date, local: Date) {
        let difference = server.timeIntervalSince(local)
        state.withLock { $0 = State(correction: difference, observed: difference) }
    }

    /// Takes the time of a reply, which was made after its request was sent and before it was received. What lies between these
    /// two shows no difference: a slow reply is not a wrong clock.
    ///
    /// - Parameter server: without the part of a second.
    func observe(server: Date, sent: Date, received: Date) {
        let (least, most) = (server.timeIntervalSince(received), server.timeIntervalSince(sent) + 1)
        state.withLock { $0.observed = least <= 0 && most >= 0 ? 0 : (least + most) / 2 }
    }
}
