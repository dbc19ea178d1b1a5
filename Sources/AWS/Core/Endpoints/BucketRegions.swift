internal import HTTP
internal import ObjectStorage
internal import Synchronization

/// Remembers the regions of buckets, and where their names must be in an address, as replies told it; and the endpoints in
/// use, so that their URLs are parsed once.
final class BucketRegions: Sendable {
    private struct Key: Hashable {
        var service: AWSService
        var region: String
        var bucket: String?
    }

    private struct State {
        var regions: [String: String] = [:]
        var endpoints: [Key: Endpoint] = [:]
        var wantsVirtualHosts = false
    }

    private let configured: Endpoints
    private let state = Mutex(State())

    init(_ configured: Endpoints) {
        self.configured = configured
    }

    func region(of bucket: String?) -> String {
        guard let bucket else { return configured.region }
        return state.withLock { $0.regions[bucket] } ?? configured.region
    }

    /// - Returns: nil if another server than AWS's answers for S3: there, nothing is named by an ARN. A proxy in front of
    ///   CloudFront changes nothing in that.
    func partition(of request: AWSRequest) -> Region.Partition? {
        let partition = Region.partition(of: region(of: request.bucket))
        guard request.service == .s3, let host = configured.custom[.s3]?.host else { return partition }
        return host.hasSuffix("." + partition.suffix) ? partition : nil
    }

    func learn(_ region: String, of bucket: String) {
        state.withLock { $0.regions[bucket] = region }
    }

    /// The server takes requests only at addresses that begin with the bucket's name.
    func learnVirtualHosts() {
        state.withLock { state in
            guard !state.wantsVirtualHosts else { return }
            (state.wantsVirtualHosts, state.endpoints) = (true, [:])
        }
    }

    func endpoint(of service: AWSService, region: String, bucket: String?) throws -> Endpoint {
        let key = Key(service: service, region: region, bucket: bucket)
        let (known, wantsVirtualHosts) = state.withLock { ($0.endpoints[key], $0.wantsVirtualHosts) }
        if let known { return known }
        var configured = configured
        if wantsVirtualHosts { configured.addressing = .virtualHost }
        let made = try configured.endpoint(of: service, region: region, bucket: bucket)
        state.withLock { state in
            // Meanwhile another call may have learnt more.
            if state.wantsVirtualHosts == wantsVirtualHosts { state.endpoints[key] = made }
        }
        return made
    }
}
