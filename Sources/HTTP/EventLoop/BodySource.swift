internal import SystemPackage

/// The request body that a transfer reads. It belongs to the event loop.
final class BodySource {
    private enum Origin {
        case bytes([UInt8])
        case file(FileDescriptor, FileRegion)
    }

    private let origin: Origin
    private var position = 0
    let count: Int
    /// Why a read failed.
    private(set) var failure: String?

    /// Throws the reason as text if the file cannot be opened.
    init(_ body: RequestBody) throws(Unreadable) {
        count = body.count
        switch body {
        case .empty: origin = .bytes([])
        case .bytes(let bytes): origin = .bytes(bytes)
        case .file(let region):
            do {
                // Without nonBlocking, opening a pipe would stop the event loop until somebody writes into it.
                let file = try FileDescriptor.open(region.path, .readOnly, options: [.closeOnExec, .nonBlocking])
                origin = .file(file, region)
            } catch {
                throw Unreadable(reason: "\(region.path) cannot be read: \(error)")
            }
        }
    }

    struct Unreadable: Error {
        var reason: String
    }

    deinit {
        // The descriptor was only read from: closing it loses nothing.
        if case .file(let file, _) = origin { try? file.close() }
    }

    /// Returns how many bytes were read, 0 at the end; nil if they cannot be read, with the reason in `failure`.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let wanted = min(buffer.count, count - position)
        guard wanted > 0 else { return 0 }
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
        switch origin {
        case .bytes(let bytes):
            bytes.withUnsafeBytes {
                room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position...].prefix(wanted)))
            }
            position += wanted
            return wanted
        case .file(let file, let region):
            return read(file, region, into: room)
        }
    }

    /// Goes back, for a request that libcurl sends again on a new connection.
    func seek(to position: Int) -> Bool {
        guard position >= 0, position <= count else { return false }
        self.position = position
        return true
    }

    private func read(_ file: FileDescriptor, _ region: FileRegion, into room: UnsafeMutableRawBufferPointer) -> Int? {
        do {
            let got = try file.read(fromAbsoluteOffset: region.offset + Int64(position), into: room)
            guard got > 0 else {
                failure =
                    "\(region.path) ends before the \(region.count) bytes from \(region.offset) on that must be sent"
                return nil
            }
            position += got
            return got
        } catch {
            failure = "\(region.path) cannot be read: \(error)"
            return nil
        }
    }
}
