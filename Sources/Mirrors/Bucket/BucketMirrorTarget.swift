public import ObjectStorage
internal import PipelineKit
internal import Releases
public import SystemPackage

/// The prefix of a bucket that is brought up to date.
public struct BucketMirrorTarget: Sendable {
    let objects: any ObjectStorage
    /// Empty, or with a `/` at its end.
    let base: String

    /// - Parameter prefix: without a `/` at its ends; may be empty.
    public init(_ objects: any ObjectStorage, prefix: String) {
        self.objects = objects
        base = prefix.isEmpty ? "" : prefix + "/"
    }

    var place: String { objects.url(base) }

    /// The prefix, and what is there.
    public struct Listed: Sendable {
        let target: BucketMirrorTarget
        let listing: SortedListing
    }

    /// Lists what is there, and makes sure that the prefix neither is a release store nor is in one.
    ///
    /// - Parameter folder: for what does not fit into memory.
    /// - Throws: `StepError` `bad-target`.
    public func list(in folder: FilePath) async throws -> Listed {
        for root in MirrorStores.roots(around: base) where try await MirrorStores.isStore(objects, at: root) {
            throw refusal("it lies in the release store \(objects.url(root))")
        }
        let listing = try await SortedListing.of(objects, below: base, in: folder) { key in
            if key.utf8.first == UInt8(ascii: "."), MirrorStores.root(of: key) == "" {
                throw refusal("it is a release store")
            }
        }
        return Listed(target: self, listing: listing)
    }

    private func refusal(_ reason: String) -> StepError {
        StepError(
            "bad-target", "\(place) cannot be mirrored into: \(reason)",
            help: "a site in a store is changed by `sync` and `switch-origin`; give `to` a prefix of its own")
    }
}
