/// Something that a newer runner has written, so that this one must not change anything based on it.
///
/// The same rule applies to stores, their records, pointers and journals:
///
/// - A key that this runner does not know is ignored: within a format, keys are only added.
/// - If the format's number is higher than the one this runner knows, or if it does not know a kind, everything that
///   would write or delete throws this error. It is thrown before anything is changed.
/// - Commands that only look show what they understand, and name the rest.
public struct NewerFormat: DescribedError, Hashable {
    /// What was found and where: "the store file:///srv/site has format 3".
    public var subject: String
    /// What this runner knows of such things: "formats up to 2".
    public var known: String
    /// The oldest runner that can do what this one cannot; nil if nothing names it.
    public var needed: String?
    /// What else helps: a clause such as "if it is gone for good, delete …".
    public var remedy: String?

    /// - Parameter named: the runner versions that the thing found names, best one first. The first that is newer than
    ///   this runner counts: an older one or the same one cannot be what is missing.
    public init(_ subject: String, known: String, named: [String?] = [], remedy: String? = nil) {
        self.subject = subject
        self.known = known
        self.remedy = remedy
        needed = named.lazy.compactMap { $0 }.first(where: Self.isNewer)
    }

    /// True if the text is the version of a newer runner than this one.
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
