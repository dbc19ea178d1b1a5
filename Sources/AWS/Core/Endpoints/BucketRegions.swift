internal import Synchronization

/// Remembers the regions of buckets, as replies told them, and the endpoints in use, so that their URLs are parsed
/// once.
final class BucketRegions: Sendable {
    private struct Key: Hashable {
        var service: AWSService
        var region: String
        var bucket: String?
    }

    private struct State {
        var regions: [String: String] = [:]
        var endpoints: [Key: Endpoint] = [:]
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

    func learn(_ region: String, of bucket: String) {
        state.withLock { $0.regions[bucket] = region }
    }

    func endpoint(of service: AWSService, region: String, bucket: String?) throws -> Endpoint {
        let key = Key(service: service, region: region, bucket: bucket)
        if let known = state.withLock({ $0.endpoints[key] }) { return known }
        let made = try configured.endpoint(of: service, region: region, bucket: bucket)
        state.withLock { $0.endpoints[key] = made }
        return made
    }
}
