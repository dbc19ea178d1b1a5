public import AWS
internal import PipelineKit
public import SystemPackage

/// The prefix of a bucket that is brought up to date.
public struct BucketMirrorTarget: Sendable {
    let client: S3Client
    /// Empty, or with a `/` at its end.
    let base: String

    /// - Parameter prefix: without a `/` at its ends; may be empty.
    public init(_ client: S3Client, prefix: String) {
        self.client = client
        base = prefix.isEmpty ? "" : prefix + "/"
    }

    var place: String { client.url(base) }

    /// With what is there.
    public struct Listed: Sendable {
        let target: BucketMirrorTarget
        let listing: SortedListing
    }

    /// Lists what is there. That it is no release store, and in none, is known before anything is written.
    ///
    /// - Parameter folder: for what does not fit into memory.
    /// - Throws: `StepError` `bad-target`.
    public func list(in folder: FilePath) async throws -> Listed {
        for root in MirrorStores.roots(around: base) where try await MirrorStores.isStore(client, at: root) {
            throw refusal("it lies in the release store \(client.url(root))")
        }
        let listing = try await SortedListing.of(client, below: base, in: folder) { key in
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
