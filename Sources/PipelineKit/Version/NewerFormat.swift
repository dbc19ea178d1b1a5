/// Something that a newer runner has written, and that this one must not build a change upon.
///
/// The rule is one for stores, their records, pointers and journals:
///
/// - A key that this runner does not know is passed over: within a format, keys are only added.
/// - A number of a format that is higher than the one this runner knows, or a kind that it does not know, is this error
///   for whatever would write or delete. It is thrown before anything is changed.
/// - What only looks shows what it understands, and names the rest.
public struct NewerFormat: DescribedError, Hashable {
    /// What was found and where: "the store file:///srv/site has format 3".
    public var subject: String
    /// What this runner knows of such things: "formats up to 2".
    public var known: String
    /// The oldest runner that can do what this one cannot; nil if nothing names it.
    public var needed: String?
    /// What else helps: a clause such as "if it is gone for good, delete …".
    public var remedy: String?

    /// - Parameter named: versions that what was found names, the best one first. The first that is newer than this
    ///   runner counts: a version that this runner has already cannot be what is missing.
    public init(_ subject: String, known: String, named: [String?] = [], remedy: String? = nil) {
        self.subject = subject
        self.known = known
        self.remedy = remedy
        needed = named.lazy.compactMap { $0 }.first(where: Self.isNewer)
    }

    /// Whether a text is the version of a newer runner than this one.
    public static func isNewer(_ version: String) -> Bool {
        guard let own = SemanticVersion.own, let version = SemanticVersion(version) else { return false }
        return own < version
    }

    public var code: String { "newer-format" }
    public var message: String { "\(subject), and this is runner \(RunnerVersion.text), which knows \(known)" }
    public var help: String? {
        (needed.map { "use runner \($0) or newer" } ?? "use a runner newer than \(RunnerVersion.text)")
            + (remedy.map { "; \($0)" } ?? "")
    }
}
