internal import PipelineKit

/// Collects entries that a release cannot hold.
struct StrangeEntries {
    /// The first ones: "`log` is a link".
    private var first: [String] = []
    private var count = 0

    mutating func add(_ key: String, _ reason: String) {
        count += 1
        if first.count < 5 { first.append("`\(key)` \(reason)") }
    }

    /// - Throws: `StepError` `foreign-entry` if there are any.
    func refuse(in place: String, help: String) throws {
        guard count > 0 else { return }
        let rest = count > first.count ? ", and \(count - first.count) more" : ""
        throw StepError(
            "foreign-entry", "\(place) holds what a release cannot: " + first.joined(separator: ", ") + rest,
            help: help + "; deploys and rollbacks also work without the manifest")
    }
}
