import FoundationEssentials
import Testing

@testable import AWS

/// The policies of docs/aws.md, compared with the calls that the clients can make.
@Suite struct PermissionDocumentTests {
    private static let root = String(#filePath.split(separator: "/Tests/", maxSplits: 1)[0])

    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
    }

    /// The actions of the statement with this name.
    private static func actions(of statement: String) throws -> Set<String> {
        let page = try text("docs/aws.md")
        let behind = try #require(page.split(separator: "\"Sid\": \"\(statement)\"", maxSplits: 1).dropFirst().first)
        let fields = try #require(behind.split(separator: "\"Resource\"", maxSplits: 1).first)
        return Set(fields.matches(of: /"((?:s3|cloudfront):\w+)"/).map { "\($0.1)" })
    }

    /// The permissions of every call that the files of a client make.
    private static func needed(_ folder: String, _ service: AWSService) throws -> Set<String> {
        let path = "\(root)/Sources/AWS/\(folder)"
        var permissions: Set<String> = []
        for file in try FileManager.default.subpathsOfDirectory(atPath: path) where file.hasSuffix(".swift") {
            for call in try text("Sources/AWS/\(folder)/\(file)").matches(
                of: /"([A-Z]\w+)",\s*\.(?:get|head|put|post|delete)\b/)
            {
                let error = AWSError(
                    status: 403, serviceCode: "AccessDenied", service: service, operation: "\(call.1)",
                    resource: "s3://b/k")
                let names = error.permission.matches(of: /(?:s3|cloudfront):\w+/).map { "\($0.0)" }
                permissions.formUnion(names)
            }
        }
        return permissions
    }

    @Test func theStoreMayDoWhatItDoes() throws {
        let given = try Self.actions(of: "List").union(Self.actions(of: "Store"))
        let needed = try Self.needed("S3", .s3)
        #expect(needed.count >= 6 && given == needed)
        // What concerns a bucket as a whole is no action on its objects.
        #expect(try Self.actions(of: "List") == needed.filter { $0.hasPrefix("s3:ListBucket") })
    }

    @Test func theSwitchMayDoWhatItDoes() throws {
        let needed = try Self.needed("CloudFront", .cloudFront)
        #expect(try needed.count >= 5 && Self.actions(of: "Switch") == needed)
    }

    @Test func pruningReadsDistributions() throws {
        #expect(try Self.actions(of: "Pointers") == ["cloudfront:GetDistributionConfig"])
    }
}
