internal import Digest
internal import Synchronization

/// A cache of the derived keys: each costs four HMACs, and is valid for a day.
final class SigningKeys: Sendable {
    private struct Entry {
        var secret: String
        var scope: SigningScope
        var key: HMACSHA256Key
    }

    /// Few: one for each region and service, and another when credentials or the day change.
    private let entries = Mutex<[Entry]>([])
    private let limit = 8

    func key(secret: String, scope: SigningScope) -> HMACSHA256Key {
        entries.withLock { entries in
            if let found = entries.first(where: { $0.scope == scope && $0.secret == secret }) { return found.key }
            let key = Self.derive(secret: secret, scope: scope)
            if entries.count == limit { entries.removeFirst() }
            entries.append(Entry(secret: secret, scope: scope, key: key))
            return key
        }
    }

    private static func derive(secret: String, scope: SigningScope) -> HMACSHA256Key {
        [scope.day, scope.region, scope.service, "aws4_request"]
            .reduce(HMACSHA256Key("AWS4\(secret)".utf8)) { HMACSHA256Key($0.authenticate($1.utf8).bytes) }
    }
}
