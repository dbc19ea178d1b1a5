internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A point at which a debug build can be stopped, or made to fail, to see what becomes of a run. Other builds have none:
/// there, `pass` does nothing.
///
/// `RUNNER_FAILPOINT` names points of the process: `record-synced:12=kill` kills it when the 12th record is on the disk;
/// `file:30=fail` lets the 30th file operation fail once, and `file:30=fail+` that and all after it. To the file that
/// `RUNNER_FAILPOINT_LOG` names, a line is added for each point that is passed, such as `file 30 fail`.
public enum Failpoint: String, CaseIterable, Sendable {
    /// Before a record is written.
    case record
    /// A record is written, and may not be on the disk.
    case recordWritten = "record-written"
    case recordSynced = "record-synced"
    /// A step has had its effect, and the journal does not have its record.
    case effect
    /// Before a file is written, renamed, synced or deleted.
    case file
    /// Before a request is sent.
    case request
    /// A request's reply is here, and nobody has seen it.
    case reply

    #if DEBUG
        /// What becomes of those who come to a point in a task and its children: it throws what they then throw. Before the
        /// process's own points.
        @TaskLocal public static var plan: (@Sendable (Failpoint) throws -> Void)?

        /// - Throws: what the plan says; otherwise `FileError` of a full disk, or of a broken connection.
        public func pass() throws {
            try Self.plan?(self)
            try ProcessFailpoints.shared?.pass(self)
        }
    #else
        @inlinable public func pass() throws {}
    #endif
}

#if DEBUG
    /// The points that the environment of this process names.
    private final class ProcessFailpoints: Sendable {
        /// Nil if it names none, and no log.
        static let shared = ProcessFailpoints(
            getenv("RUNNER_FAILPOINT").map { String(cString: $0) } ?? "",
            log: getenv("RUNNER_FAILPOINT_LOG").map { FilePath(String(cString: $0)) })

        private enum Action: String {
            case kill
            case failOnce = "fail"
            case failFromThen = "fail+"
        }

        private let actions: [Failpoint: (number: Int, action: Action)]
        private let counts = Mutex<[Failpoint: Int]>([:])
        /// Nil if there is none.
        private let log: FileDescriptor?

        init?(_ text: String, log path: FilePath?) {
            var actions: [Failpoint: (number: Int, action: Action)] = [:]
            for part in text.split(separator: ",") {
                let parts = part.split(separator: /[:=]/)
                guard parts.count == 3, let point = Failpoint(rawValue: String(parts[0])), let number = Int(parts[1]),
                    let action = Action(rawValue: String(parts[2]))
                else { fatalError("RUNNER_FAILPOINT: `\(part)` is not POINT:NUMBER=kill|fail|fail+") }
                actions[point] = (number, action)
            }
            if actions.isEmpty, path == nil { return nil }
            self.actions = actions
            log = path.map { path in
                do {
                    return try FileDescriptor.open(
                        path, .writeOnly, options: [.create, .append, .closeOnExec], permissions: [.ownerReadWrite])
                } catch {
                    fatalError("RUNNER_FAILPOINT_LOG: \(path): \(error)")
                }
            }
        }

        func pass(_ point: Failpoint) throws {
            let planned = actions[point]
            guard planned != nil || log != nil else { return }
            let count = counts.withLock { counts in
                counts[point, default: 0] += 1
                return counts[point, default: 0]
            }
            var action: Action?
            if let planned, count == planned.number || planned.action == .failFromThen && count > planned.number {
                action = planned.action
            }
            if let log {
                let line = [point.rawValue, "\(count)", action?.rawValue].compactMap(\.self).joined(separator: " ")
                // One write, so that nothing comes between. A test that misses the line fails.
                _ = try? log.writeAll("\(line)\n".utf8)
            }
            switch action {
            case nil: return
            case .kill:
                kill(getpid(), SIGKILL)
                while true { sleep(1) }
            case .failOnce, .failFromThen:
                throw FileError("pass the failpoint of", FilePath(point.rawValue), .noSpace)
            }
        }
    }
#endif
