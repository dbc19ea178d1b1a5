internal import PipelineKit
internal import Releases

/// For `plan`: the first files one by one, then what is left in one line.
struct ChangeList: Sendable {
    static let limit = 1_000

    private var first: [Change] = []
    private var rest = (files: 0, bytes: 0)

    mutating func add(_ difference: MirrorDifference) {
        guard first.count < Self.limit else {
            rest.files += 1
            rest.bytes += difference.bytes
            return
        }
        let change =
            switch difference.kind {
            case .new: Change(.add, difference.key, detail: "new", bytes: difference.bytes)
            case .other(let reason): Change(.replace, difference.key, detail: reason, bytes: difference.bytes)
            case .extra: Change(.remove, difference.key, detail: "not in the source")
            }
        first.append(change)
    }

    var changes: [Change] {
        guard rest.files > 0 else { return first }
        return first + [Change(.replace, "\(rest.files) more files", detail: "not listed", bytes: rest.bytes)]
    }
}
