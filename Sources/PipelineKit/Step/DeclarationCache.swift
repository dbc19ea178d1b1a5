internal import Synchronization

/// What each type of options declares, looked at once: a pipeline of a thousand steps asks thousands of times, and
/// reflection is slow.
enum DeclarationCache {
    typealias Entry = (name: String, option: any DeclaredOption)

    private static let cache = Mutex<[ObjectIdentifier: [Entry]]>([:])

    static func entries(of type: Any.Type, _ reflect: () -> [Entry]) -> [Entry] {
        let key = ObjectIdentifier(type)
        if let known = cache.withLock({ $0[key] }) { return known }
        let entries = reflect()
        cache.withLock { $0[key] = entries }
        return entries
    }
}
