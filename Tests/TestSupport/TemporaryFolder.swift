internal import FoundationEssentials
internal import Glibc
internal import PipelineKit
public import SystemPackage

/// A new folder for one test, deleted with everything in it when the value goes.
///
/// Only integration tests may use it: a unit test does no I/O.
public final class TemporaryFolder: Sendable {
    /// Absolute, without links in it.
    public let path: FilePath

    public init() throws {
        var template = Array("/tmp/runner-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        path = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path.string)
    }

    public subscript(_ name: String) -> FilePath { path.appending(name) }

    /// Writes a file with its missing folders.
    public func write(_ text: String, to name: String) throws {
        try write(Array(text.utf8), to: name)
    }

    /// The text of a file.
    public func text(_ name: String) throws -> String {
        String(decoding: try DurableFile.read(self[name]), as: UTF8.self)
    }

    public func write(_ bytes: [UInt8], to name: String) throws {
        let file = self[name]
        var folder = path
        for component in FilePath(name).removingLastComponent().components {
            folder.append(component)
            mkdir(folder.string, 0o755)
        }
        let descriptor = try FileDescriptor.open(
            file, .writeOnly, options: [.create, .truncate],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        defer { try? descriptor.close() }
        _ = try descriptor.writeAll(bytes)
    }
}
