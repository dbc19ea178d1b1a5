internal import CCurl
internal import Glibc

/// A multi handle and the epoll that watches its sockets. It belongs to the event loop.
final class SocketSet {
    private let multi: UnsafeMutableRawPointer
    private let epoll: Int32
    private var deadline: ContinuousClock.Instant?
    private var ready = [ccurl_ready](repeating: ccurl_ready(), count: 64)
    /// The sockets of the transfers, by their easy handles.
    private var sockets: [UnsafeMutableRawPointer: curl_socket_t] = [:]

    init(epoll: Int32, connections: Int) {
        guard let multi = curl_multi_init() else { preconditionFailure("libcurl gave no memory for an event loop") }
        self.multi = multi
        self.epoll = epoll
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connections)
        setCallbacks()
    }

    deinit {
        curl_multi_cleanup(multi)
    }

    func add(_ easy: EasyHandle, for request: HTTPRequest) throws(TransportError) {
        let code = curl_multi_add_handle(multi, easy.pointer)
        guard code == CURLM_OK else {
            throw TransportError(.resources, request.url, "libcurl took no transfer: \(code.rawValue)")
        }
    }

    func remove(_ easy: EasyHandle) {
        curl_multi_remove_handle(multi, easy.pointer)
        sockets[easy.pointer] = nil
    }

    /// The bytes that a transfer has given to its socket and that have not come through.
    func unacknowledged(of easy: EasyHandle) -> Int {
        sockets[easy.pointer].map { Int(ccurl_unacknowledged($0)) } ?? 0
    }

    /// A transfer that libcurl has finished. It must be removed before the next call.
    func nextFinished() -> (UnsafeMutableRawPointer, CURLcode)? {
        var code = CURLE_OK
        return ccurl_multi_next_done(multi, &code).map { ($0, code) }
    }

    /// Waits until something happens, and lets libcurl act on it. Returns true if `descriptor` is readable.
    ///
    /// - Parameter end: when it returns although nothing has happened; nil for no such time.
    func wait(besides descriptor: Int32, until end: ContinuousClock.Instant?) -> Bool {
        let count = Int(ccurl_epoll_wait(epoll, &ready, Int32(ready.count), Self.timeout(until: earliest(end))))
        var found = false
        for index in 0..<max(count, 0) {
            if ready[index].descriptor == descriptor {
                found = true
            } else {
                act(on: ready[index].descriptor, Self.selection(ready[index].events))
            }
        }
        if let deadline, deadline <= .now {
            self.deadline = nil
            act(on: CURL_SOCKET_BAD, 0)
        }
        return found
    }

    private func earliest(_ end: ContinuousClock.Instant?) -> ContinuousClock.Instant? {
        guard let deadline, let end else { return deadline ?? end }
        return min(deadline, end)
    }

    /// The time until the deadline in milliseconds, for epoll: rounded up, or it would spin through the last one; -1
    /// without a deadline.
    private static func timeout(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let left = ContinuousClock.now.duration(to: deadline)
        return left <= .zero ? 0 : Int32(clamping: left.milliseconds)
    }

    private func act(on socket: Int32, _ selection: Int32) {
        var running: Int32 = 0
        curl_multi_socket_action(multi, socket, selection, &running)
    }

    /// With 0, libcurl looks for itself: after an error or a hang-up there may still be bytes to read.
    private static func selection(_ events: UInt32) -> Int32 {
        guard events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) == 0 else { return 0 }
        return (events & EPOLLIN.rawValue != 0 ? CURL_CSELECT_IN : 0)
            | (events & EPOLLOUT.rawValue != 0 ? CURL_CSELECT_OUT : 0)
    }

    private func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
        ccurl_multi_set_socket_callback(multi) { easy, socket, interest, context, _ in
            guard let context else { return -1 }
            return Unmanaged<SocketSet>.fromOpaque(context).takeUnretainedValue().watch(socket, of: easy, interest)
        }
        ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
        ccurl_multi_set_timer_callback(multi) { _, milliseconds, context in
            guard let context else { return -1 }
            let set = Unmanaged<SocketSet>.fromOpaque(context).takeUnretainedValue()
            set.deadline = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
            return 0
        }
    }

    /// Returns -1 to make libcurl give up the socket's transfers: they would never report anything again.
    private func watch(_ socket: Int32, of easy: UnsafeMutableRawPointer?, _ interest: Int32) -> Int32 {
        if let easy { sockets[easy] = interest == CURL_POLL_REMOVE ? nil : socket }
        if interest == CURL_POLL_REMOVE {
            // A socket that was closed before has already left epoll.
            ccurl_epoll_watch(epoll, EPOLL_CTL_DEL, socket, 0)
            return 0
        }
        let events =
            (interest & CURL_POLL_IN != 0 ? EPOLLIN.rawValue : 0)
            | (interest & CURL_POLL_OUT != 0 ? EPOLLOUT.rawValue : 0)
        if ccurl_epoll_watch(epoll, EPOLL_CTL_MOD, socket, events) == 0 { return 0 }
        return errno == ENOENT ? ccurl_epoll_watch(epoll, EPOLL_CTL_ADD, socket, events) : -1
    }
}
