public import PipelineKit
internal import TextCoding

/// The id of a distribution, such as `E2QWRUHAPOMQZL`: letters and digits.
public struct DistributionID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// - Throws: `invalidDistributionID`.
    public init(_ text: String) throws(CloudFrontError) {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(\.isASCIIAlphanumeric) else {
            throw CloudFrontError(
                .invalidDistributionID, "\(text.debugDescription) is not a distribution's id", help: Self.help)
        }
        self.text = text
    }

    public var description: String { text }

    private static let help = "ids look like E2QWRUHAPOMQZL; `aws cloudfront list-distributions` lists them"
}

extension DistributionID: OptionValue {
    public static var shape: OptionShape {
        OptionShape(
            "a distribution's id such as `E2QWRUHAPOMQZL`",
            schema: ["type": ["string", "number", "boolean"], "pattern": "^[A-Za-z0-9]{1,64}$"],
            accepts: [.text, .integer])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> DistributionID? {
        guard case .scalar(let text, plain: _) = node.content else {
            problems.add("expected \(shape.name), found \(node.describedKind)", at: node.mark)
            return nil
        }
        do throws(CloudFrontError) {
            return try DistributionID(text)
        } catch {
            problems.add(error.message, at: node.mark, help: error.help)
            return nil
        }
    }

    public var described: Value { .text(text) }
}
