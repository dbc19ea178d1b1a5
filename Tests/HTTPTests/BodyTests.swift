import HTTP
import PipelineKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Request bodies from memory and files, response bodies into a sink.
@Suite struct BodyTests {
    /// Sizes around the one that libcurl is handed in one piece.
    static let sizes = [0, 1, 64 << 10, (64 << 10) + 1, 5 << 20]

    @Test(arguments: sizes)
    func fileRegionArrives(_ size: Int) async throws {
        let region = Self.bytes(size)
        try await withFile([1, 2, 3] + region + [4, 5, 6]) { path in
            try await withServer({ .status(200, [], $0.body) }) { server, transport in
                let body = RequestBody.file(try FileRegion(RegularFile(path), offset: 3, count: size))
                let response = try await transport.send(HTTPRequest(.put, server.url(), body: body))
                #expect(server.log.map { $0.header("Content-Length") } == ["\(size)"])
                #expect(server.log.map { $0.header("Expect") } == [nil])
                #expect(server.log.first?.body == region)
                #expect(response.body == region)
            }
        }
    }

    @Test(arguments: sizes)
    func bytesArrive(_ size: Int) async throws {
        let bytes = Self.bytes(size)
        try await withServer({ _ in .ok() }) { server, transport in
            _ = try await transport.send(HTTPRequest(.post, server.url(), body: .bytes(bytes)))
            #expect(server.log.first?.body == bytes)
        }
    }

    /// The connection was kept open and is gone: libcurl takes a new one and reads the body again from its beginning.
    @Test(arguments: [1000, 1 << 20])
    func bodyIsSentAgainOnANewConnection(_ size: Int) async throws {
        let bytes = Self.bytes(size)
        let script: LoopbackServer.Script = {
            $0.connection == 1 && !$0.body.isEmpty ? LoopbackReply(.close) : .ok()
        }
        try await withServer(script) { server, transport in
            _ = try await transport.send(HTTPRequest(.get, server.url()))
            let response = try await transport.send(HTTPRequest(.put, server.url(), body: .bytes(bytes)))
            #expect(response.status == 200)
            #expect(server.log.map(\.connection) == [1, 1, 2])
            #expect(server.log.last?.body == bytes)
        }
    }

    @Test(arguments: [1000, 1 << 20])
    func fileShorterThanItsRegion(_ size: Int) async throws {
        try await withFile(Self.bytes(size - 1)) { path in
            let error = try await failure(of: .file(FileRegion(RegularFile(path), count: size)))
            #expect(error.kind == .unreadableBody)
            #expect(error.message.hasSuffix("\(path) ends before the \(size) bytes from 0 on that must be sent"))
        }
    }

    /// The open file is what is sent, whatever has its name since.
    @Test(arguments: [1000, 1 << 20])
    func aFileThatIsReplaced(_ size: Int) async throws {
        let bytes = Self.bytes(size)
        try await withFile(bytes) { path in
            let file = try RegularFile(path)
            try DurableFile.write([UInt8](repeating: 7, count: size), to: path)
            try await withServer({ _ in .ok() }) { server, transport in
                let body = RequestBody.file(FileRegion(file, count: size))
                _ = try await transport.send(HTTPRequest(.put, server.url(), body: body))
                #expect(server.log.first?.body == bytes)
            }
        }
    }

    @Test func sinkTakesTheBody() async throws {
        let bytes = Self.bytes(5 << 20)
        let taken = Taken()
        try await withServer({ _ in .status(200, [], bytes) }) { server, transport in
            let request = try HTTPRequest(.get, server.url()) {
                taken.add($0)
                return true
            }
            let response = try await transport.send(request)
            #expect(response.body == [])
            #expect(taken.bytes == bytes)
        }
    }

    @Test func sinkIsSparedTheBodyOfAnError() async throws {
        let taken = Taken()
        try await withServer({ _ in .status(404, [], Array("no such key".utf8)) }) { server, transport in
            let request = try HTTPRequest(.get, server.url()) {
                taken.add($0)
                return true
            }
            let response = try await transport.send(request)
            #expect(response.body == Array("no such key".utf8))
            #expect(taken.bytes == [])
        }
    }

    @Test func sinkRefuses() async throws {
        try await withServer({ _ in .ok("abc") }) { server, transport in
            let request = try HTTPRequest(.get, server.url()) { _ in false }
            let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
            #expect(error?.kind == .sinkRefused)
        }
    }

    /// "hello", as gzip -9n writes it.
    static let gzip: [UInt8] = [
        0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0, 0x86, 0xa6, 0x10, 0x36,
        0x05,
        0, 0, 0,
    ]

    @Test(arguments: [false, true])
    func compression(_ decompresses: Bool) async throws {
        try await withServer({ _ in .status(200, ["Content-Encoding: gzip"], Self.gzip) }) { server, transport in
            let request = try HTTPRequest(.get, server.url(), decompresses: decompresses)
            let response = try await transport.send(request)
            #expect(response.body == (decompresses ? Array("hello".utf8) : Self.gzip))
            #expect(server.log.map { $0.header("Accept-Encoding")?.contains("gzip") } == [decompresses ? true : nil])
        }
    }

    @Test(arguments: ["identity", "x-nobody", "gzip, gzip"])
    func anEncodingThatNobodyKnowsStays(_ encoding: String) async throws {
        try await withServer({ _ in .status(200, ["Content-Encoding: \(encoding)"], [1, 2]) }) { server, transport in
            let response = try await transport.sendDecoded(HTTPRequest(.get, server.url()))
            #expect(response.body == [1, 2] && !response.isDecoded)
            let isKnown = encoding == "identity"
            #expect(server.log.count == (isKnown ? 1 : 2))
            // The same form of the page as before.
            #expect(server.log.allSatisfy { $0.header("Accept-Encoding")?.contains("gzip") == true })
        }
    }

    /// Few bytes that become many: taken up to the limit, and no further.
    @Test(arguments: [0, 1]) func aDecodedBodyEndsAtTheLimit(tooMany: Int) async throws {
        let limit = 1 << 20
        let body = [UInt8](repeating: 0, count: tooMany == 0 ? limit : 64 << 20).gzipped
        let taken = Taken()
        try await withServer({ _ in .status(200, ["Content-Encoding: gzip"], body) }) { server, transport in
            var request = try HTTPRequest(.get, server.url(), maximumBodyBytes: limit, decompresses: true) {
                taken.add($0)
                return true
            }
            if tooMany == 0 {
                #expect(try await transport.send(request).status == 200)
                #expect(taken.bytes.count == limit)
                return
            }
            for sink in [request.sink, nil] {
                request.sink = sink
                let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
                #expect(error?.kind == .tooLarge)
            }
            #expect(taken.bytes.count <= limit)
        }
    }

    private func failure(of body: RequestBody) async throws -> TransportError {
        var error: TransportError?
        try await withServer({ _ in .ok() }) { server, transport in
            let request = try HTTPRequest(.put, server.url(), body: body)
            error = await #expect(throws: TransportError.self) { try await transport.send(request) }
        }
        return try #require(error)
    }

    /// No two stretches are alike, so that a piece sent twice or left out is seen.
    private static func bytes(_ count: Int) -> [UInt8] {
        var state: UInt32 = 1
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
    }
}

private final class Taken: Sendable {
    private let storage = Mutex<[UInt8]>([])

    var bytes: [UInt8] { storage.withLock { $0 } }

    func add(_ piece: UnsafeRawBufferPointer) {
        let piece = Array(piece)
        storage.withLock { $0 += piece }
    }
}
