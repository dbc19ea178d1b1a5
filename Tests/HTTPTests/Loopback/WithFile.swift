import Glibc
import SystemPackage

/// Passes a file with these bytes to the body, and removes it afterwards.
func withFile(_ bytes: [UInt8], _ body: (FilePath) async throws -> Void) async throws {
    var template = Array("/tmp/http-tests-XXXXXX".utf8CString)
    let file = FileDescriptor(rawValue: mkstemp(&template))
    let path = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    defer { unlink(path.string) }
    try file.closeAfter { _ = try file.writeAll(bytes) }
    try await body(path)
}
