internal import HTTP
internal import ObjectStorage

/// The servers that speak S3, and what is known of each before it is asked.
///
/// One that lacks something has a case here, its host's name in `init`, and its own `capabilities`. Nothing else needs
/// to know of it.
enum S3Server: Hashable, Sendable {
    case amazon
    /// Whatever answers at an endpoint that somebody has named. It is asked for everything once, and its refusals teach
    /// the rest.
    case named

    /// - Parameter endpoint: the one that somebody has named; nil for AWS's own.
    init(at endpoint: HTTPURL?) {
        self = endpoint == nil ? .amazon : .named
    }

    var capabilities: StorageCapabilities {
        var capabilities = StorageCapabilities()
        switch self {
        case .amazon: break
        // A server of one's own seldom has a name and a certificate for each bucket.
        case .named: capabilities.addressing = .path
        }
        return capabilities
    }
}
