internal import CCurl
internal import Glibc
internal import Synchronization

/// Messages from other threads to an event loop. The event loop's descriptor is written to only when the box becomes non-empty.
final class Mailbox: Sendable {
    struct Mail {
        var submissions: [Submission] = []
        var cancelled: [Ticket] = []
        var closing = false

        var isEmpty: Bool { submissions.isEmpty && cancelled.isEmpty && !closing }
    }

    /// Readable while there may be mail.
    let descriptor: Int32
    private let mail = Mutex(Mail())

    init() throws(TransportError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw .system("no descriptor for an HTTP event loop", errno) }
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// False if the event loop is closing: the submission was not taken.
    func post(_ submission: Submission) -> Bool {
        put { mail in
            guard !mail.closing else { return false }
            mail.submissions.append(submission)
            return true
        }
    }

    func cancel(_ ticket: Ticket) {
        ticket.cancel()
        put { $0.cancelled.append(ticket) }
    }

    func close() {
        put { $0.closing = true }
    }

    /// Empties the box. `closing` stays.
    func take() -> Mail {
        // The descriptor first: mail that comes in between makes it readable again.
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
        return mail.withLock { mail in
            defer { mail = Mail(closing: mail.closing) }
            return mail
        }
    }

    private func put<Result: Sendable>(_ change: (inout Mail) -> Result) -> Result {
        let (result, wakes) = mail.withLock { mail in
            let wasEmpty = mail.isEmpty
            let result = change(&mail)
            return (result, wasEmpty && !mail.isEmpty)
        }
        // This cannot fail: the counter has 64 bits.
        if wakes { eventfd_write(descriptor, 1) }
        return result
    }
}

extension TransportError {
    static func system(_ what: String, _ number: Int32) -> TransportError {
        TransportError(.resources, location: "", "\(what): \(String(cString: strerror(number)).lowercased())")
    }
}
