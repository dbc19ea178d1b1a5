internal import Glibc
internal import PipelineKit
internal import Synchronization
public import SystemPackage

/// A running nginx with files of its own, on a free port of this machine's loopback.
public struct NginxServer: Sendable {
    public let port: Int

    /// `http://127.0.0.1:<port>` and the target, which begins with `/`.
    public func url(_ target: String = "/") -> String { "http://127.0.0.1:\(port)\(target)" }

    /// Starts nginx, and ends it when the body has ended. Nothing of it stays.
    ///
    /// - Parameters:
    ///   - folder: for its configuration and temporary files.
    ///   - root: what it serves; a link on the way is followed for each request.
    ///   - server: further lines for the `server` block, such as `location` blocks.
    ///   - http: further lines for the `http` block.
    /// - Throws: `NginxFailed` with what nginx said, if it does not start.
    public static func run<Result: Sendable>(
        in folder: FilePath, root: FilePath, server: String = "", http: String = "",
        _ body: @Sendable (NginxServer) async throws -> Result
    ) async throws -> Result {
        for _ in 0..<10 {
            let port = try freePort()
            let configuration = Self.configuration(port: port, in: folder, root: root, server: server, http: http)
            let file = folder.appending("nginx-\(port).conf")
            let descriptor = try FileDescriptor.open(
                file, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
            try descriptor.closeAfter { _ = try descriptor.writeAll(configuration.utf8) }
            do {
                return try await serve(port, file, folder, body)
            } catch let failure as NginxFailed where failure.isPortTaken {
                // Somebody else was faster.
                continue
            }
        }
        throw NginxFailed(said: ["no port stayed free"])
    }

    private static func serve<Result: Sendable>(
        _ port: Int, _ file: FilePath, _ folder: FilePath, _ body: @Sendable (NginxServer) async throws -> Result
    ) async throws -> Result {
        let log = Log()
        let command = Command(
            "nginx", ["-p", folder.string, "-e", "stderr", "-c", file.string],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], directory: folder)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { log.settle(isServing: false) }
                _ = try await SubprocessRunner(clock: SystemClock()).run(command) { log.add($0.text) }
            }
            guard await log.isServing() else {
                try await group.waitForAll()
                throw NginxFailed(said: log.lines)
            }
            defer { group.cancelAll() }
            return try await body(NginxServer(port: port))
        }
    }

    /// What nginx says, and whether it has come to serve.
    private final class Log: Sendable {
        private let said = Mutex<[String]>([])
        private let (events, event) = AsyncStream.makeStream(of: Bool.self)

        var lines: [String] { said.withLock { $0 } }

        func add(_ line: String) {
            said.withLock { $0.append(line) }
            // The socket listens before the first worker is there.
            if line.contains("start worker process ") { settle(isServing: true) }
        }

        func settle(isServing: Bool) {
            event.yield(isServing)
            event.finish()
        }

        func isServing() async -> Bool {
            for await isServing in events { return isServing }
            return false
        }
    }

    private static func configuration(
        port: Int, in folder: FilePath, root: FilePath, server: String, http: String
    ) -> String {
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { name in
            "\(name)_temp_path \(folder)/nginx-\(name);"
        }
        // Started by root, workers would run as another user, who may not look into a temporary folder.
        return """
            daemon off;
            \(geteuid() == 0 ? "user root root;" : "")
            worker_processes 1;
            pid \(folder)/nginx-\(port).pid;
            error_log stderr notice;
            events { worker_connections 512; }
            http {
                access_log off;
                include /etc/nginx/mime.types;
                default_type application/octet-stream;
                \(temporary.joined(separator: "\n    "))
                \(http)
                server {
                    listen 127.0.0.1:\(port);
                    root \(root);
                    \(server)
                }
            }
            """
    }

    private static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Errno(rawValue: errno) }
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 ? getsockname(socket, address, &length) : -1
            }
        }
        guard result == 0 else { throw Errno(rawValue: errno) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// nginx ended before it served anything.
public struct NginxFailed: Error, CustomStringConvertible {
    public var said: [String]

    public var description: String { "nginx did not start: \(said.joined(separator: "\n"))" }

    fileprivate var isPortTaken: Bool { said.contains { $0.contains("98: Address already in use") } }
}
