internal import TextCoding

/// The three numbers of a version by Semantic Versioning 2.0.0.
///
/// A pre-release counts as the version that it leads to: `0.2.0-dev` already writes what `0.2.0` writes.
public struct SemanticVersion: Comparable, Sendable {
    public let major: Int
    public let minor: Int
    public let patch: Int

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
    }

    /// The version of this runner.
    public static var own: SemanticVersion? { SemanticVersion(RunnerVersion.text) }

    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
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
