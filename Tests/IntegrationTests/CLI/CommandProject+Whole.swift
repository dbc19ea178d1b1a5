import Digest
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

/// What a folder store must be like, whatever has happened to the runs before.
extension CommandProject {
    /// Every file of the release is as its manifest says, there is no other, and the originals are the site's.
    ///
    /// - Parameter site: the SHA-256 of each of its files, by path.
    func expectWhole(
        _ release: String, site: [String: String]?, _ comment: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let version = try ReleaseVersion(release)
        let manifest = try Manifest.Reader(store.path(of: .manifest(of: version)))
        var listed: [String: String] = [:]
        var originals: [String: String] = [:]
        while let entry = try manifest.next() {
            originals[entry.key] = entry.original?.sha256 ?? entry.sha256
            listed[entry.key] = originals[entry.key]
            if entry.original != nil { listed[entry.key + ".gz"] = entry.sha256 }
        }
        #expect(
            try digests(in: store.folder(of: version)) == listed, "release \(release) is not its manifest; \(comment)",
            sourceLocation: sourceLocation)
        #expect(originals == site, "release \(release) is not the site; \(comment)", sourceLocation: sourceLocation)
    }

    /// Nothing is left of a run that was disturbed.
    ///
    /// - Parameter spared: a file that may be left in `incoming`.
    func expectTidyStore(
        _ comment: String = "", sparing spared: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (root, records) = (store.root, store.root.appending(".runner"))
        let what: Comment = "\(comment)"
        for folder in ["trash", "incoming"] {
            let left = try DurableFile.entries(of: records.appending(folder)).filter { $0 != spared }
            #expect(left == [], what, sourceLocation: sourceLocation)
        }
        #expect(
            Set(try DurableFile.entries(of: root)) == [".runner", "current", "releases"], what,
            sourceLocation: sourceLocation)
        let temporary = try DurableFile.entries(of: records).filter { $0.hasSuffix(".tmp") }
        #expect(temporary == [], what, sourceLocation: sourceLocation)
    }

    private func digests(in folder: FilePath, prefix: String = "") throws -> [String: String] {
        var digests: [String: String] = [:]
        for name in try DurableFile.entries(of: folder) {
            let path = folder.appending(name)
            if try FileStatus.isFolder(path) {
                digests.merge(try self.digests(in: path, prefix: "\(prefix)\(name)/")) { $1 }
            } else {
                digests[prefix + name] = SHA256.hash(try DurableFile.read(path)).description
            }
        }
        return digests
    }
}
