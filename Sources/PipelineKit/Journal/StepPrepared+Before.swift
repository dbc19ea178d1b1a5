internal import Digest
internal import FoundationEssentials

extension StepPrepared {
    /// A state larger than this, in bytes, is kept in a file beside the journal.
    static let inlineLimit = 16_384

    /// - Parameter before: the state as JSON. If it is large, it is durable in `storage` when this returns.
    init(step: String, effect: Effect, before: [UInt8], in storage: any RunStorage) throws {
        self.init(step: step, effect: effect, before: nil, attachment: nil)
        if before.count > Self.inlineLimit {
            let name = "\(step).before.json"
            try storage.writeAttachment(before, named: name)
            attachment = Attachment(name: name, sha256: SHA256.hash(before).description)
        } else if before != Array("{}".utf8) {
            self.before = before
        }
    }

    /// The state from before, for display; nil if it is in the attachment. Numbers may have lost digits.
    public var beforeValue: Value? {
        guard attachment == nil else { return nil }
        return before.map { (try? JSONDecoder().decode(Value.self, from: Data($0))) ?? .null } ?? [:]
    }

    /// - Throws: `StepError` `attachment-damaged` if the file beside the journal is not what was written.
    func before(in storage: any RunStorage) throws -> [UInt8] {
        guard let attachment else { return before ?? Array("{}".utf8) }
        let bytes = try storage.readAttachment(named: attachment.name)
        guard SHA256.hash(bytes).description == attachment.sha256 else {
            throw StepError(
                "attachment-damaged",
                "the file \(attachment.name) beside the journal is not what step `\(step)` wrote before its change",
                help: "restore by hand what the step changed; the report in the folder of the run tells what that was")
        }
        return bytes
    }
}
