internal import Digest
public import PipelineKit
public import SystemPackage

/// Takes the leases of what can keep none itself, for the runs of one state folder: other machines, and other projects, do
/// not see them.
///
/// A `flock` on a file named by the resource decides, as for a folder store.
public struct MachineLeaseProvider: LeaseProvider {
    private let folder: FilePath

    /// - Parameter folder: holds the lock files; created if it is missing.
    public init(_ folder: FilePath) {
        self.folder = folder
    }

    /// - Throws: `LeaseHeld` if another process, or another run of this one, has it.
    public func acquire(_ request: LeaseRequest) async throws -> any Lease {
        let (resource, owner) = (request.resource, request.owner)
        let name = String(SHA256.hash(resource.url.utf8).description.prefix(32))
        return try await BlockingWork.run { _ in
            try DurableFile.makeFolder(folder)
            return try FileLease(
                folder.appending(name + ".lock"), record: folder.appending(name + ".json"), resource, owner,
                recordMode: [.ownerReadWrite])
        }
    }
}
