import Digest
import FoundationEssentials
import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Deploys that are refused, and leave the store as it was.
extension CommandProject {
    /// Runs a pipeline that must be refused, over a store whose `current` is at v1, and compares the store before and
    /// after it.
    ///
    /// - Parameter error: standard error, without the place of the step in the file, and without the last line, which says
    ///   that visitors have what they had.
    func expectRefusal(
        _ arguments: [String] = ["deploy.yml", "-i", "release=v2"], code: Int = 1, user: Int? = nil,
        saying error: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try stored()
        try #require(before.count > 4, sourceLocation: sourceLocation)
        let process = try start(arguments: ["run", "-q"] + arguments, user: user)
        let said = try await said(by: process)
        #expect(said.code == code, sourceLocation: sourceLocation)
        let lines = said.error.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.filter {
                !$0.hasPrefix("  --> deploy.yml:") && !$0.hasPrefix("   --> ") && !$0.hasPrefix("visitors have ")
            }
            .joined(separator: "\n") == error + "\n",
            sourceLocation: sourceLocation)
        let visitors = lines.filter { $0.hasPrefix("visitors have ") }
        #expect(visitors.allSatisfy { $0.hasSuffix(" before") }, "\(visitors)", sourceLocation: sourceLocation)
        #expect(said.output == "", sourceLocation: sourceLocation)
        #expect(try stored() == before, sourceLocation: sourceLocation)
    }

    /// Every file and link of the store, with its mode and what it holds.
    func stored() throws -> [String: String] {
        var found: [String: String] = [:]
        let root = folder["store"].string
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            var status = stat()
            try #require(lstat(root + "/" + name, &status) == 0)
            let mode = String(status.st_mode, radix: 8)
            switch status.st_mode & S_IFMT {
            case S_IFDIR: continue
            case S_IFLNK: found[name] = mode + " " + (readLink("store/" + name) ?? "")
            default:
                found[name] = mode + " " + SHA256.hash(try DurableFile.read(FilePath(root + "/" + name))).description
            }
        }
        return found
    }

    func deployFirst(user: Int? = nil) async throws {
        let first = try await runner("run", "deploy.yml", "-i", "release=v1", "-q", user: user)
        try #require(first.code == 0, "\(first.error)")
    }

    /// Expects a deploy to work, after the mistake has been mended.
    func expectDeploys(_ arguments: String..., live: String = "v2", user: Int? = nil) async throws {
        let arguments = arguments.isEmpty ? ["deploy.yml", "-i", "release=v2"] : arguments
        let process = try start(arguments: ["run", "-q"] + arguments, user: user)
        let said = try await said(by: process)
        #expect(said.code == 0, "\(said.error)")
        #expect(try self.live() == live)
    }

    static func failed(_ step: String, _ message: String, _ help: String, restored: Bool = false) -> String {
        """
        error: step `\(step)` failed: \(message)
          help: \(help)
        the run failed after TIME; \(restored ? "everything that it had changed is restored" : "there was nothing to restore")
        """
    }

    func move(_ name: String, to other: String) throws {
        try #require(rename(folder[name].string, folder[other].string) == 0)
    }
}
