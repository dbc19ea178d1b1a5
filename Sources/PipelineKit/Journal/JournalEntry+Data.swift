/// Encodes a record's fields for the file; `Codable` reads them back. It is written by hand because every step waits
/// for it: with the library's encoder it took 7 % of a run of short steps.
extension JournalEntry {
    fileprivate var data: Value {
        switch self {
        case .started(let record): record.data
        case .leased(let record): ["resource": .text(record.resource), "nonce": .text(record.nonce)]
        case .prepared(let record): record.data
        case .finished(let record): record.data
        case .unfinished(let record): record.data
        case .failed(let record): record.data
        case .rolledBack(let record):
            ["step": .text(record.step), "milliseconds": .integer(record.milliseconds)]
        case .rollbackFailed(let record): ["step": .text(record.step), "error": record.error.data]
        case .ended(let record):
            ["outcome": .text(record.outcome.rawValue), "exitCode": .integer(record.exitCode)]
        }
    }
}

extension JournalEntry {
    /// Appends a record's fields as JSON.
    func write(to line: inout [UInt8]) {
        guard case .prepared(let record) = self, let before = record.before else { return data.write(to: &line) }
        line += Array("{\"before\":".utf8) + before + Array(",".utf8)
        var others: [UInt8] = []
        data.write(to: &others)
        line += others.dropFirst()
    }
}

extension RunStarted {
    fileprivate var data: Value {
        var fields: [String: Value] = [
            "runID": .text(runID), "pipeline": .text(pipeline), "file": .text(file), "digest": .text(digest),
            "project": .text(project), "inputs": .object(inputs), "secrets": .list(secrets.map { .text($0) }),
            "runnerVersion": .text(runnerVersion),
        ]
        fields["format"] = format.map { .integer($0) }
        fields["who"] = who.map { .text($0) }
        fields["ci"] = ci.map { job in
            var fields: [String: Value] = ["name": .text(job.name)]
            fields["url"] = job.url.map { .text($0) }
            return .object(fields)
        }
        return .object(fields)
    }
}

extension StepPrepared {
    /// The fields without the state from before, which is not a `Value`.
    fileprivate var data: Value {
        var fields: [String: Value] = ["step": .text(step), "effect": .text(effect.rawValue)]
        fields["attachment"] = attachment.map { ["name": .text($0.name), "sha256": .text($0.sha256)] }
        return .object(fields)
    }
}

extension StepFinished {
    fileprivate var data: Value {
        var fields: [String: Value] = [
            "step": .text(step), "outcome": .text(outcome.rawValue), "attempts": .integer(attempts),
            "milliseconds": .integer(milliseconds),
        ]
        fields["outputs"] = outputs.map { .object($0) }
        fields["error"] = error?.data
        fields["summary"] = summary.map { .text($0) }
        return .object(fields)
    }
}

extension StepUnfinished {
    fileprivate var data: Value {
        [
            "step": .text(step), "error": error.data, "consequence": .text(consequence),
            "attempts": .integer(attempts), "milliseconds": .integer(milliseconds),
        ]
    }
}

extension RunFailed {
    fileprivate var data: Value {
        var fields: [String: Value] = ["cause": .text(cause.rawValue)]
        fields["step"] = step.map { .text($0) }
        fields["error"] = error?.data
        fields["attempts"] = attempts.map { .integer($0) }
        fields["milliseconds"] = milliseconds.map { .integer($0) }
        return .object(fields)
    }
}

extension ErrorRecord {
    fileprivate var data: Value {
        var fields: [String: Value] = ["code": .text(code), "message": .text(message)]
        fields["help"] = help.map { .text($0) }
        return .object(fields)
    }
}
