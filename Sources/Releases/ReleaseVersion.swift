public import PipelineKit
internal import TextCoding

/// The name of a release: 1 to 128 of `A-Z a-z 0-9 . _ -`, the first a letter or digit.
///
/// It becomes a folder, a part of keys and a part of URLs. Git accepts names such as `v$(id)`, `-rf`, `%2e%2e` or two
/// Unicode spellings of one word: anything outside the pattern is refused, with the reason.
public struct ReleaseVersion: Hashable, Sendable, Codable, CustomStringConvertible {
    public let name: String

    /// - Throws: `StepError` `bad-version`, which names the reason.
    public init(_ name: String) throws {
        if let reason = Self.problem(with: name) {
            throw StepError(
                "bad-version", "\(Self.quoted(name)) cannot be the version of a release: it \(reason)",
                help: Self.help)
        }
        self.name = name
    }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }

    public var description: String { name }

    static let help = "versions are 1 to 128 of `A-Z a-z 0-9 . _ -` and start with a letter or digit, such as `v1.2.3`"

    /// In bytes.
    package static let maximumLength = 128

    /// Why a name cannot be that of a release, as a part of a sentence after "it"; nil if it can.
    package static func problem(with name: String) -> String? {
        guard let first = name.unicodeScalars.first else { return "is empty" }
        guard name.utf8.count <= maximumLength else { return "is longer than \(maximumLength) bytes" }
        if let odd = name.unicodeScalars.first(where: { !isAllowed($0) }) { return "contains \(shown(odd))" }
        if ".-_".unicodeScalars.contains(first) { return "starts with `\(first)`" }
        // Proxies, shell completion or file shares read both as something else.
        if name.contains("..") { return "contains `..`" }
        return name.hasSuffix(".") ? "ends with `.`" : nil
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCIIAlphanumeric || scalar == "." || scalar == "_" || scalar == "-"
    }

    private static func shown(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case " ": "a space"
        case "`": "a back quote"
        case "!"..."~": "`\(scalar)`"
        default: "the character U+" + String(scalar.value, radix: 16, uppercase: true)
        }
    }

    /// Control characters and very long names would spoil the message.
    private static func quoted(_ name: String) -> String {
        let printable = name.unicodeScalars.prefix(60).map { scalar in
            scalar.properties.generalCategory == .control ? "?" : String(scalar)
        }
        return "`" + printable.joined() + (name.unicodeScalars.count > 60 ? "…" : "") + "`"
    }
}

extension ReleaseVersion: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "a version such as `v1.2.3`",
            schema: [
                "type": ["string", "number", "boolean"],
                "pattern": #"^(?!.*\.\.)(?!.*\.$)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"#,
            ],
            accepts: [.text, .integer, .number])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> ReleaseVersion? {
        guard case .scalar(let text, plain: _) = node.content else {
            problems.add("expected \(shape.name), found \(node.describedKind)", at: node.mark)
            return nil
        }
        guard let version = try? ReleaseVersion(text) else {
            let reason = problem(with: text) ?? "is not allowed"
            problems.add("\(quoted(text)) cannot be the version of a release: it \(reason)", at: node.mark, help: help)
            return nil
        }
        return version
    }

    public var described: Value { .text(name) }
}
