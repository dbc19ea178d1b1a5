internal import PipelineKit

/// The request body that a transfer reads. It belongs to the event loop.
final class BodySource {
    private enum Origin {
        case bytes([UInt8])
        case file(FileRegion)
    }

    private let origin: Origin
    private var position = 0
    let count: Int
    /// Why a read failed.
    private(set) var failure: String?

    init(_ body: RequestBody) {
        count = body.count
        switch body {
        case .empty: origin = .bytes([])
        case .bytes(let bytes): origin = .bytes(bytes)
        case .file(let region): origin = .file(region)
        }
    }

    struct Unreadable: Error {
        var reason: String
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
        case .file(let region):
            return read(region, into: room)
        }
    }

    /// Goes back, for a request that libcurl sends again on a new connection.
    func seek(to position: Int) -> Bool {
        guard position >= 0, position <= count else { return false }
        self.position = position
        return true
    }

    private func read(_ region: FileRegion, into room: UnsafeMutableRawBufferPointer) -> Int? {
        do {
            let got = try region.file.read(at: region.offset + position, into: room)
            guard got > 0 else {
                failure =
                    "\(region.file.path) ends before the \(region.count) bytes from \(region.offset) on that must be sent"
                return nil
            }
            position += got
            return got
        } catch {
            failure = "\(region.file.path) cannot be read: \(error)"
            return nil
        }
    }
}
