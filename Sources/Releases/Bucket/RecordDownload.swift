internal import Glibc
internal import PipelineKit
internal import Synchronization
internal import SystemPackage

/// Writes an object into a file of this machine as it comes; the file is in place only when it is whole.
final class RecordDownload: Sendable {
    private let path: FilePath
    private let temporary: FilePath
    private let state = Mutex(State())

    private struct State {
        var file: FileDescriptor?
        var failure: (any Error)?
    }

    init(_ path: FilePath) {
        self.path = path
        temporary = path.appendingSuffix(".part")
    }

    deinit {
        state.withLock { try? $0.file?.close() }
    }

    /// Another attempt begins with the object's first byte.
    func restart() {
        state.withLock { state in
            try? state.file?.close()
            state.file = nil
            do {
                state.file = try DurableFile.open(temporary, .writeOnly, options: [.create, .truncate])
            } catch {
                state.failure = error
            }
        }
    }

    /// - Returns: false where the disk refuses, which ends the transfer.
    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // A pointer belongs to whoever calls: what goes behind the lock is a copy.
        let piece = Array(bytes)
        return state.withLock { state in
            guard let file = state.file, state.failure == nil else { return false }
            do {
                try DurableFile.writeAll(piece, to: file, at: temporary)
                return true
            } catch {
                state.failure = error
                return false
            }
        }
    }

    func finish() throws -> FilePath {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            if state.file == nil {
                // An object without a byte.
                state.file = try DurableFile.open(temporary, .writeOnly, options: [.create, .truncate])
            }
            try state.file?.close()
            state.file = nil
        }
        try DurableFile.rename(temporary, to: path)
        return path
    }

    func discard() {
        unlink(temporary.string)
    }
}
