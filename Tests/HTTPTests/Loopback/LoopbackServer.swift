import PipelineKit
import Glibc
import Synchronization

/// A server on 127.0.0.1, on a port that the kernel chooses, which answers each request as the script says.
final class LoopbackServer: Sendable {
    typealias Script = @Sendable (LoopbackRequest) -> LoopbackReply

    struct SocketFailure: Error {
        var call: String
        var number: Int32 = errno
    }

    let port: Int
    /// Every request, as soon as it was read whole.
    let requests: AsyncStream<LoopbackRequest>
    private let arrived: AsyncStream<LoopbackRequest>.Continuation
    private let listener: Int32
    private let greeting: String
    private let script: Script
    private let state = Mutex(State())

    private struct State {
        var threads: [LoopbackThread] = []
        var open: Set<Int32> = []
        var connections = 0
        var log: [LoopbackRequest] = []
        var stopped = false
    }

    /// Sends `greeting` on every connection before anything was asked.
    init(greeting: String = "", _ script: @escaping Script) throws {
        self.greeting = greeting
        self.script = script
        (requests, arrived) = AsyncStream.makeStream()
        (listener, port) = try Self.listen()
        let thread = try LoopbackThread { [self] in accept() }
        state.withLock { $0.threads.append(thread) }
    }

    /// How many connections were accepted.
    var connections: Int { state.withLock { $0.connections } }
    /// All requests so far.
    var log: [LoopbackRequest] { state.withLock { $0.log } }

    /// Ends all connections and joins all threads.
    func stop() {
        let threads = state.withLock { state in
            state.stopped = true
            for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
            return state.threads
        }
        shutdown(listener, Int32(SHUT_RDWR))
        threads.forEach { $0.join() }
        // One that was accepted meanwhile.
        state.withLock { $0.threads }.dropFirst(threads.count).forEach { $0.join() }
        close(listener)
        arrived.finish()
    }

    var openConnections: Int { state.withLock(\.open.count) }

    /// Waits, without stopping anything, until the clients have closed every connection.
    ///
    /// Runs on a thread of its own: a test that blocked one of the few threads for tasks could keep the client that it
    /// waits for from closing.
    func waitForClients() async throws {
        let clients = state.withLock { $0.threads }.dropFirst()
        try await BlockingWork.run { _ in clients.forEach { $0.join() } }
    }

    private func accept() {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            // No program that another test starts may keep the connection open.
            if descriptor >= 0 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
            guard descriptor >= 0 else { return }
            let number = state.withLock { state -> Int? in
                guard !state.stopped else { return nil }
                state.open.insert(descriptor)
                state.connections += 1
                return state.connections
            }
            guard let number, let thread = try? LoopbackThread({ [self] in serve(descriptor, number) }) else {
                close(descriptor)
                return
            }
            state.withLock { $0.threads.append(thread) }
        }
    }

    private func serve(_ descriptor: Int32, _ number: Int) {
        let connection = LoopbackConnection(descriptor: descriptor, number: number)
        _ = connection.play(.text(greeting))
        while let request = connection.readRequest() {
            state.withLock { $0.log.append(request) }
            arrived.yield(request)
            guard connection.play(script(request)) else { break }
        }
        state.withLock { _ = $0.open.remove(descriptor) }
        close(descriptor)
    }

    /// - Parameter receiveBuffer: in bytes; what the kernel takes in for a server that does not read.
    static func listen(receiveBuffer: Int32? = nil) throws -> (Int32, Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw SocketFailure(call: "socket") }
        if var receiveBuffer {
            setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, size) == 0 && Glibc.listen(listener, 512) == 0
                    && getsockname(listener, generic, &size) == 0
            }
        }
        guard status else { throw SocketFailure(call: "listen") }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }
}
