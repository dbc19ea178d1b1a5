internal import Synchronization

/// Keeps what each type declares, so that it is collected only once: a pipeline of a thousand steps asks thousands of
/// times.
final class DeclarationCache<Declarations: Sendable>: Sendable {
    private let known = Mutex<[ObjectIdentifier: Declarations]>([:])

    func declarations(of type: Any.Type, _ reflect: () -> Declarations) -> Declarations {
        let key = ObjectIdentifier(type)
        if let declarations = known.withLock({ $0[key] }) { return declarations }
        let declarations = reflect()
        known.withLock { $0[key] = declarations }
        return declarations
    }
}
