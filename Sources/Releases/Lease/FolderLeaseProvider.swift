public import PipelineKit
internal import SystemPackage

/// Takes the leases of folder stores.
///
/// A `flock` on `<store>/.runner/lease.lock`, which is never replaced or deleted, decides: the kernel releases it when
/// the holder ends, however it ends. `lease.json` beside it only says who has it.
public struct FolderLeaseProvider: LeaseProvider {
    public init() {}

    /// - Throws: `LeaseHeld` if another process, or another run of this one, has it; `StepError` `bad-store` if the
    ///   resource is not a folder.
    public func acquire(_ resource: Resource, owner: LeaseOwner) async throws -> any Lease {
        guard case .folder(let path) = try StoreURL(resource.url) else {
            throw StepError("bad-store", "\(resource) is no folder, and only folders have a lock file")
        }
        let store = FolderStore(FilePath(path))
        return try await BlockingWork.run { _ in
            let lockPath = store.root.pushing(".runner/lease.lock")
            try store.makeFolders(to: lockPath)
            return try FileLease(
                lockPath, record: store.root.pushing(".runner/lease.json"), resource, owner, mode: FolderStore.fileMode)
        }
    }
}
