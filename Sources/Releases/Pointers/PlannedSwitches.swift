public import PipelineKit
internal import Synchronization

/// The switches that the steps of a plan would make. A run makes them before its later steps look, so that a plan which
/// left them out would say something else than the run.
public final class PlannedSwitches: Sendable {
    private let stores = Mutex<[Resource: [Deployment]]>([:])

    public init() {}

    public func note(_ deployment: Deployment, in store: Resource) {
        stores.withLock { $0[store, default: []].append(deployment) }
    }

    public func deployments(in store: Resource) -> [Deployment] { stores.withLock { $0[store] ?? [] } }
}

/// If an executable has put none into the context, a plan's steps know nothing of each other.
public enum PlannedSwitchesKey: ContextKey {
    public static var defaultValue: PlannedSwitches { PlannedSwitches() }
}
