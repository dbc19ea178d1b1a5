internal import Synchronization
internal import SystemPackage

/// Every change of a step, in a file: a plan of a million files lists them without having them in memory.
///
/// Copies of a list share it.
public final class ChangeRecord: Hashable, Sendable {
    private let path: FilePath
    private let mask: @Sendable (String) -> String
    private let state: Mutex<State>

    private struct State {
        /// Nil when the file is finished.
        var writer: LineWriter?
        var failure: (any Error)?
    }

    /// - Parameter mask: applied to each text before it is written.
    init(_ path: FilePath, mask: @escaping @Sendable (String) -> String) throws {
        self.path = path
        self.mask = mask
        state = Mutex(State(writer: try LineWriter(path)))
    }

    func add(_ change: Change) {
        let line = [
            change.verb.rawValue, change.bytes.map(String.init) ?? "", change.oldBytes.map(String.init) ?? "",
            Self.field(mask(SanitizedText.clean(change.subject))), Self.field(mask(SanitizedText.clean(change.detail))),
        ].joined(separator: "\t")
        state.withLock { state in
            guard state.failure == nil else { return }
            do { try state.writer?.write(line) } catch { state.failure = error }
        }
    }

    /// Calls `body` for each change, in the order in which they were added. Nothing is added after that.
    ///
    /// - Throws: `FileError`, also of a change that could not be written.
    public func forEach(_ body: (Change) -> Void) throws {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            try state.writer?.finish(durable: false)
            state.writer = nil
        }
        let reader = try LineReader(path)
        while let line = try reader.next() {
            let fields = line.split(separator: 0x09, omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard fields.count == 5, let verb = Change.Verb(rawValue: fields[0]) else { continue }
            body(Change(verb, fields[3], detail: fields[4], bytes: Int(fields[1]), oldBytes: Int(fields[2])))
        }
    }

    /// On one line, and without the separator.
    private static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 }) else { return text }
        return String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }

    public static func == (left: ChangeRecord, right: ChangeRecord) -> Bool { left === right }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension StepContext {
    /// An empty list for what the step would change.
    public func changeList() throws -> ChangeList {
        var list = ChangeList()
        if listsEveryChange { list.record = try ChangeRecord(folder.appending("changes.txt"), mask: mask) }
        return list
    }
}
