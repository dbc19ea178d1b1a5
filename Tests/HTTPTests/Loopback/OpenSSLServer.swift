import Glibc
import HTTP
import SystemPackage

/// `openssl s_server` with a new self-signed certificate for 127.0.0.1, on a port that the kernel chooses.
struct OpenSSLServer {
    var certificate: FilePath
    var url: HTTPURL
}

func withOpenSSLServer(_ body: (OpenSSLServer) async throws -> Void) async throws {
    var template = Array("/tmp/http-tests-XXXXXX".utf8CString)
    mkdtemp(&template)
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let (key, certificate) = (folder + "/key.pem", folder + "/certificate.pem")
    defer { [key, certificate, folder].forEach { (path: String) in _ = remove(path) } }

    let maker = try OpenSSLCommand(
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
            + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate])
    maker.wait()
    let server = try OpenSSLCommand(["s_server", "-accept", "127.0.0.1:0", "-www", "-key", key, "-cert", certificate])
    defer { server.kill() }
    while let line = try server.nextLine() {
        // It says `ACCEPT 127.0.0.1:<port>` when it listens.
        guard let match = line.wholeMatch(of: /ACCEPT .*:([0-9]+)/) else { continue }
        let url = try HTTPURL("https://127.0.0.1:\(match.1)/")
        return try await body(OpenSSLServer(certificate: FilePath(certificate), url: url))
    }
    throw LoopbackServer.SocketFailure(call: "openssl s_server")
}

/// A running `openssl`, whose standard output can be read.
struct OpenSSLCommand {
    static let tool = "/usr/bin/openssl"

    private let process: pid_t
    private let output: FileDescriptor

    init(_ arguments: [String]) throws {
        let pipe = try FileDescriptor.pipe()
        output = pipe.readEnd
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipe.writeEnd.rawValue, 1)
        // The sockets of tests that run at the same time would stay open here.
        for descriptor in Int32(3)..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var words: [UnsafeMutablePointer<CChar>?] = ([Self.tool] + arguments).map { strdup($0) } + [nil]
        var process = pid_t()
        let code = posix_spawn(&process, Self.tool, &actions, nil, &words, environ)
        words.forEach { free($0) }
        posix_spawn_file_actions_destroy(&actions)
        try pipe.writeEnd.close()
        guard code == 0 else { throw LoopbackServer.SocketFailure(call: "posix_spawn", number: code) }
        self.process = process
    }

    func nextLine() throws -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while try withUnsafeMutableBytes(of: &byte, { try output.read(into: $0) }) == 1 {
            if byte == 0x0a { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }

    /// KILL, because a child inherits the signals that a thread of the pool blocks, TERM among them.
    func kill() {
        Glibc.kill(process, SIGKILL)
        wait()
    }

    func wait() {
        waitpid(process, nil, 0)
        try? output.close()
    }
}
