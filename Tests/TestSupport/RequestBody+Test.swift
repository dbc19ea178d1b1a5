public import HTTP
internal import PipelineKit

extension RequestBody {
    /// What would be sent.
    public func allBytes() throws -> [UInt8] {
        switch self {
        case .empty: return []
        case .bytes(let bytes): return bytes
        case .file(let region):
            var bytes = [UInt8](repeating: 0, count: region.count)
            let count = try bytes.withUnsafeMutableBytes { try region.file.read(at: region.offset, into: $0) }
            return Array(bytes[..<count])
        }
    }
}
