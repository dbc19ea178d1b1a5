public import SystemPackage

/// Where a run keeps what is not in its journal.
public protocol RunStorage: Sendable {
    /// The step's own folder; made where it is missing.
    ///
    /// Where that fails, whoever uses it finds out, and its error names the path.
    func stepFolder(_ stepID: String) -> FilePath
    /// Makes the step's folder durable, or removes it where the step left nothing in it.
    func syncStepFolder(_ stepID: String) throws
    /// Durable when it returns.
    func writeAttachment(_ bytes: [UInt8], named name: String) throws
    func readAttachment(named name: String) throws -> [UInt8]
}
