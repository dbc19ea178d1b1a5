import CCurl
import Glibc
import Testing

@testable import HTTP

/// Parts of an event loop that need no wire.
@Suite struct EventLoopTests {
    @Test func queueKeepsItsOrder() {
        var queue = Queue<Int>()
        var popped: [Int] = []
        for number in 0..<100 {
            queue.append(number)
            if number % 3 == 0, let first = queue.popFirst() { popped.append(first) }
        }
        #expect(queue.remove { $0 % 10 == 9 } == [39, 49, 59, 69, 79, 89, 99])
        #expect(queue.first == 34)
        while let first = queue.popFirst() { popped.append(first) }
        #expect(popped == (0..<100).filter { $0 < 34 || $0 % 10 != 9 })
        #expect(queue.isEmpty && queue.popFirst() == nil && queue.first == nil)
    }

    @Test(arguments: [
        (Duration.zero, 1), (.nanoseconds(1), 1), (.milliseconds(1), 1), (.microseconds(1001), 2),
        (.seconds(60), 60_000),
        (.seconds(Int64.max), 1_000_000_000),
    ])
    func millisecondsAreRoundedUp(_ duration: Duration, _ milliseconds: Int) {
        #expect(duration.milliseconds == milliseconds)
    }

    @Test(arguments: [
        (CURLE_COULDNT_RESOLVE_HOST, TransportError.Kind.dns), (CURLE_COULDNT_RESOLVE_PROXY, .dns),
        (CURLE_COULDNT_CONNECT, .connect), (CURLE_SSL_CONNECT_ERROR, .tls),
        (CURLE_PEER_FAILED_VERIFICATION, .certificate), (CURLE_SSL_CACERT_BADFILE, .caBundle),
        (CURLE_OPERATION_TIMEDOUT, .timeout), (CURLE_SEND_ERROR, .reset), (CURLE_RECV_ERROR, .reset),
        (CURLE_GOT_NOTHING, .reset), (CURLE_PARTIAL_FILE, .truncated), (CURLE_TOO_MANY_REDIRECTS, .redirects),
        (CURLE_WEIRD_SERVER_REPLY, .badReply), (CURLE_BAD_CONTENT_ENCODING, .badReply), (CURLE_WRITE_ERROR, .badReply),
        (CURLE_OUT_OF_MEMORY, .resources),
    ])
    func kindOfALibcurlCode(_ code: CURLcode, _ kind: TransportError.Kind) {
        #expect(TransportError.Kind(code) == kind)
    }

    @Test func mailboxIsReadableOnlyWithMail() throws {
        let taskQueue = try TaskQueue()
        #expect(!isReadable(taskQueue))
        taskQueue.cancel(CancellationToken())
        taskQueue.cancel(CancellationToken())
        #expect(isReadable(taskQueue))
        #expect(taskQueue.take().cancelled.count == 2)
        #expect(!isReadable(taskQueue))
        taskQueue.close()
        #expect(isReadable(taskQueue))
        #expect(taskQueue.take().closing)
    }

    @Test func closedMailboxTakesNothing() async throws {
        let taskQueue = try TaskQueue()
        taskQueue.close()
        _ = await withCheckedContinuation { (continuation: CheckedContinuation<[Outcome], Never>) in
            #expect(!taskQueue.post(Submission(requests: [], token: CancellationToken(), continuation: continuation)))
            continuation.resume(returning: [])
        }
    }

    @Test func overrideAsLibcurlReadsIt() {
        #expect(ResolveOverride("a.example:443:::1")?.connectTo == "a.example:443:[::1]:443")
        let moved = ResolveOverride(host: "a.example", port: 80, address: "127.0.0.1", addressPort: 8080)
        #expect(moved.connectTo == "a.example:80:127.0.0.1:8080")
    }

    private func isReadable(_ taskQueue: TaskQueue) -> Bool {
        let epoll = epoll_create1(0)
        defer { close(epoll) }
        var ready = ccurl_ready()
        return ccurl_epoll_watch(epoll, EPOLL_CTL_ADD, taskQueue.descriptor, EPOLLIN.rawValue) == 0
            && ccurl_epoll_wait(epoll, &ready, 1, 0) == 1
    }
}
