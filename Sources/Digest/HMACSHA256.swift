internal import COpenSSL

/// HMAC with SHA-256 under one key, any number of times and from any thread.
///
/// The two pads of the key are hashed once: a message costs copies of those states instead.
public final class HMACSHA256Key: Sendable {
    private let states: States

    /// `@unchecked` because it holds C pointers. A context that is only copied from never changes: OpenSSL takes it as
    /// `const`. Copies share nothing that is written to, except reference counts, which are atomic.
    private struct States: @unchecked Sendable {
        let inner: OpaquePointer
        let outer: OpaquePointer
    }

    public init(_ key: some Sequence<UInt8>) {
        var block = Array(key)
        if block.count > Self.blockSize { block = SHA256.hash(block).bytes }
        block += repeatElement(0, count: Self.blockSize - block.count)
        states = States(
            inner: Self.state(after: block.map { $0 ^ 0x36 }), outer: Self.state(after: block.map { $0 ^ 0x5c }))
    }

    deinit {
        EVP_MD_CTX_free(states.inner)
        EVP_MD_CTX_free(states.outer)
    }

    public func authenticate(_ message: UnsafeRawBufferPointer) -> SHA256Digest {
        let context = Self.makeContext()
        defer { EVP_MD_CTX_free(context) }
        let inner = Self.finish(context, from: states.inner, adding: message)
        let outer = inner.withUnsafeBytes { Self.finish(context, from: states.outer, adding: $0) }
        return SHA256Digest(bytes: outer)
    }

    public func authenticate(_ message: some Sequence<UInt8>) -> SHA256Digest {
        message.withContiguousStorageIfAvailable { authenticate(UnsafeRawBufferPointer($0)) }
            ?? Array(message).withUnsafeBytes { authenticate($0) }
    }

    private static let blockSize = 64

    private static func state(after pad: [UInt8]) -> OpaquePointer {
        let context = makeContext()
        let ok = EVP_DigestInit_ex(context, DigestAlgorithm.sha256.pointer, nil)
        precondition(ok == 1, "OpenSSL has no SHA-256")
        pad.withUnsafeBytes { update(context, $0) }
        return context
    }

    private static func finish(
        _ context: OpaquePointer, from state: OpaquePointer, adding bytes: UnsafeRawBufferPointer
    ) -> [UInt8] {
        let copied = EVP_MD_CTX_copy_ex(context, state)
        precondition(copied == 1, "OpenSSL could not copy a SHA-256")
        update(context, bytes)
        return [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            let ok = EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
            precondition(ok == 1, "OpenSSL could not finish a SHA-256")
            count = 32
        }
    }

    private static func update(_ context: OpaquePointer, _ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        let ok = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(ok == 1, "OpenSSL refused a SHA-256 update")
    }

    private static func makeContext() -> OpaquePointer {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("OpenSSL gave no memory for a digest") }
        return context
    }
}
