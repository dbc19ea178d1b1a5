/// The records of a store's deployments in the order in which their runs have switched: by their ids, which begin with the
/// time at which they began, unless a record says after which other one a run had its turn.
struct DeploymentOrder {
    /// The oldest first.
    private(set) var records: [(record: StoreRecord, wasTakenBack: Bool)] = []
    /// Those that have records, the oldest first.
    private(set) var runs: [String] = []
    private var turns: [String: String] = [:]

    /// - Parameter records: all of the folder, in the order of their names.
    init(_ records: [StoreRecord]) {
        for case let (run, after)? in records.map(\.turn) { turns[run] = max(after, turns[run] ?? "") }
        let undone = Set(records.map(\.name).filter { $0.hasSuffix(".undone.json") })
        let found = records.filter { !$0.name.hasSuffix(".undone.json") && !$0.name.hasSuffix(".log.json") }
        let order = Dictionary(found.map { ($0.run, path(of: $0.run)) }) { first, _ in first }
        runs = order.sorted { $0.value.lexicographicallyPrecedes($1.value) }.map(\.key)
        let places = Dictionary(uniqueKeysWithValues: runs.enumerated().map { ($1, $0) })
        // The sort must keep the order of one run's records.
        self.records = found.enumerated().sorted { left, right in
            (places[left.element.run] ?? 0, left.offset) < (places[right.element.run] ?? 0, right.offset)
        }.map { record in
            let name = record.element.name
            return (record.element, undone.contains(name.dropLast(".json".count) + ".undone.json"))
        }
    }

    func isBefore(_ run: String, _ other: String) -> Bool { path(of: run).lexicographicallyPrecedes(path(of: other)) }

    /// The run, behind those after which it had its turn.
    private func path(of run: String) -> [String] {
        var path = [run]
        while let before = turns[path[0]], !path.contains(before) { path.insert(before, at: 0) }
        return path
    }
}

extension StoreRecord {
    /// The run of a deployment's record: ids have no dot.
    fileprivate var run: String { String(name.prefix { $0 != "." }) }
}

/// Says after which other run one had its turn.
struct Turn: Hashable, Sendable, Codable, FormattedRecord {
    static let currentFormat = 1

    var after: String
}
