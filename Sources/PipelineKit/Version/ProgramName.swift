internal import Synchronization

/// The name by which the user calls this program: `runner`, or that of a package's own runner, such as `site-runner`.
/// Messages and help tell commands that begin with it.
public enum ProgramName {
    private static let name = Mutex("runner")

    public static var current: String { name.withLock { $0 } }

    /// Takes the name from the path with which the process was started. The executable does it once, before anything
    /// is told.
    public static func take(fromPath path: String) {
        let word = path.split(separator: "/").last.map(String.init) ?? ""
        if !word.isEmpty { name.withLock { $0 = word } }
    }
}
