internal import FoundationEssentials

/// Tests that try something again and again: a few times in the suite, many times for `make soak`.
public enum Soak {
    private static let isOn = ProcessInfo.processInfo.environment["RUNNER_SOAK"] == "1"

    /// The number of rounds: `few` in the suite, `many` for `make soak`.
    public static func rounds(_ few: Int, soak many: Int) -> Int { isOn ? many : few }

    /// All of them for `make soak`, and in the suite a few, evenly spread.
    public static func spread<Element>(_ all: [Element], _ few: Int) -> [Element] {
        let count = min(all.count, rounds(few, soak: all.count))
        return (0..<count).map { all[$0 * all.count / count] }
    }

    /// The closing line of such a test: what was counted of what was tried.
    public static func report(_ name: String, _ line: String) {
        print("\(isOn ? "soak" : "tried"): \(name): \(line)")
    }
}
