internal import CCurl
internal import Glibc

/// A multi handle and the epoll that watches its sockets. It belongs to the event loop.
final class SocketSet {
    private let multi: UnsafeMutableRawPointer
    private let epoll: Int32
    private var deadline: ContinuousClock.Instant?
    private var ready = [ccurl_ready](repeating: ccurl_ready(), count: 64)

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
    }

    /// A transfer that libcurl has done with. It has to be removed before the next call.
    func nextFinished() -> (UnsafeMutableRawPointer, CURLcode)? {
        var code = CURLE_OK
        return ccurl_multi_next_done(multi, &code).map { ($0, code) }
    }

    /// Waits until something happens, and lets libcurl act on it. `true` when `descriptor` is readable.
    func wait(besides descriptor: Int32) -> Bool {
        let count = Int(ccurl_epoll_wait(epoll, &ready, Int32(ready.count), timeout))
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

    /// Milliseconds as epoll takes them: rounded up, or it would spin through the last one; -1 without a deadline.
    private var timeout: Int32 {
        guard let deadline else { return -1 }
        let left = ContinuousClock.now.duration(to: deadline)
        return left <= .zero ? 0 : Int32(clamping: left.milliseconds)
    }

    private func act(on socket: Int32, _ selection: Int32) {
        var running: Int32 = 0
        curl_multi_socket_action(multi, socket, selection, &running)
    }

    /// 0 asks libcurl to look for itself: after an error or a hang-up there may still be bytes to read.
    private static func selection(_ events: UInt32) -> Int32 {
        guard events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) == 0 else { return 0 }
        return (events & EPOLLIN.rawValue != 0 ? CURL_CSELECT_IN : 0)
            | (events & EPOLLOUT.rawValue != 0 ? CURL_CSELECT_OUT : 0)
    }

    private func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
        ccurl_multi_set_socket_callback(multi) { _, socket, interest, context, _ in
            guard let context else { return -1 }
            return Unmanaged<SocketSet>.fromOpaque(context).takeUnretainedValue().watch(socket, interest)
        }
        ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
        ccurl_multi_set_timer_callback(multi) { _, milliseconds, context in
            guard let context else { return -1 }
            let set = Unmanaged<SocketSet>.fromOpaque(context).takeUnretainedValue()
            set.deadline = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
            return 0
        }
    }

    /// -1 makes libcurl give the transfers up: they would never be heard of again.
    private func watch(_ socket: Int32, _ interest: Int32) -> Int32 {
        if interest == CURL_POLL_REMOVE {
            // A socket that was closed before has left epoll by itself.
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
