internal import TextCoding

/// A version by Semantic Versioning 2.0.0.
///
/// For `<`, a pre-release counts as the version that it leads to: a runner `0.2.0-dev` already writes what `0.2.0`
/// writes. `hasLowerPrecedence` is the order of the specification.
public struct SemanticVersion: Comparable, Sendable {
    public let major: Int
    public let minor: Int
    public let patch: Int
    /// The identifiers of the pre-release; none in a release.
    public let preRelease: [String]

    /// - Returns: nil if the text is not a semantic version.
    public init?(_ text: String) {
        let whole = text.prefix { $0 != "+" }
        let core = whole.prefix { $0 != "-" }
        let numbers = core.split(separator: ".", omittingEmptySubsequences: false).map(Self.number)
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2],
            Self.areIdentifiers(whole.dropFirst(core.count), after: "-", isNumberStrict: true),
            Self.areIdentifiers(text.dropFirst(whole.count), after: "+", isNumberStrict: false)
        else { return nil }
        (self.major, self.minor, self.patch) = (major, minor, patch)
        preRelease = whole.dropFirst(core.count + 1).split(separator: ".").map(String.init)
    }

    /// The version of this runner.
    public static var own: SemanticVersion? { SemanticVersion(RunnerVersion.text) }

    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    public static func == (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) == (right.major, right.minor, right.patch)
    }

    /// True if the specification says so: a pre-release is lower than its release, and identifiers that are numbers are
    /// compared as numbers. Build metadata does not count.
    public func hasLowerPrecedence(than other: SemanticVersion) -> Bool {
        if self != other { return self < other }
        if preRelease.isEmpty || other.preRelease.isEmpty { return !preRelease.isEmpty && other.preRelease.isEmpty }
        for (own, theirs) in zip(preRelease, other.preRelease) where own != theirs {
            return Self.isLower(own, theirs)
        }
        return preRelease.count < other.preRelease.count
    }

    private static func isLower(_ left: String, _ right: String) -> Bool {
        switch (left.utf8.allSatisfy(\.isASCIIDigit), right.utf8.allSatisfy(\.isASCIIDigit)) {
        // They have no leading zeros, and may be too long for an `Int`.
        case (true, true): (left.utf8.count, left) < (right.utf8.count, right)
        case (true, false): true
        case (false, true): false
        case (false, false): left.utf8.lexicographicallyPrecedes(right.utf8)
        }
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy(\.isASCIIDigit), text == "0" || !text.hasPrefix("0") else {
            return nil
        }
        return Int(text)
    }

    private static func areIdentifiers(_ text: Substring, after mark: Character, isNumberStrict: Bool) -> Bool {
        guard text.first == mark else { return text.isEmpty }
        return text.dropFirst().split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            guard !part.isEmpty, part.utf8.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }) else {
                return false
            }
            let isNumber = part.utf8.allSatisfy(\.isASCIIDigit)
            return !isNumberStrict || !isNumber || number(part) != nil || part.utf8.count > 18 && !part.hasPrefix("0")
        }
    }
}
