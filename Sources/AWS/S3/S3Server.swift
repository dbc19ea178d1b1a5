internal import HTTP
internal import ObjectStorage

/// The servers that speak S3, and what is known of each before it is asked.
///
/// One that lacks something has a case here, the end of its host's name, and its own `capabilities`. Nothing else needs to
/// know of it. `docs/bucket-store.md` names the sources.
enum S3Server: Hashable, Sendable, CaseIterable {
    case amazon
    case alibaba, backblaze, cloudflare, tencent
    /// Whatever else answers at an endpoint that somebody has named. It is asked for everything once, and its refusals
    /// teach the rest.
    case named

    /// - Parameter endpoint: the one that somebody has named; nil for AWS's own.
    init(at endpoint: HTTPURL?) {
        guard let endpoint else {
            self = .amazon
            return
        }
        let host = "." + endpoint.host
        self = Self.allCases.first { $0.domain.map { host.hasSuffix("." + $0) } ?? false } ?? .named
    }

    /// What the names of its hosts end with; nil if that is not known.
    private var domain: String? {
        switch self {
        case .alibaba: "aliyuncs.com"
        case .backblaze: "backblazeb2.com"
        case .cloudflare: "r2.cloudflarestorage.com"
        case .tencent: "myqcloud.com"
        case .amazon, .named: nil
        }
    }

    var capabilities: StorageCapabilities {
        var capabilities = StorageCapabilities()
        // A server of one's own seldom has a name and a certificate for each bucket.
        if self != .amazon { capabilities.addressing = .path }
        switch self {
        case .amazon, .named: break
        case .alibaba, .tencent: capabilities.addressing = .virtualHost
        case .backblaze: capabilities.keepsSHA256 = false
        case .cloudflare: capabilities.copies?.replacesTags = false
        }
        return capabilities
    }
}
