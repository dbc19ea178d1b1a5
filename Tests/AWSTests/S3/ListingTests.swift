import HTTP
import ObjectStorage
import PipelineKit
import Testing
import TextCoding

@testable import AWS

@Suite struct ListingTests {
    private func page(_ keys: [String], next: String? = nil, encoding: Bool = true) -> ScriptedSender.Reply {
        var writer = XMLWriter()
        writer.element("ListBucketResult", namespace: "http://s3.amazonaws.com/doc/2006-03-01/") { writer in
            writer.element("IsTruncated", next == nil ? "false" : "true")
            if let next { writer.element("NextContinuationToken", next) }
            if encoding { writer.element("EncodingType", "url") }
            for key in keys {
                writer.element("Contents") { writer in
                    writer.element("Key", encoding ? PercentEncoding.path.encode(key) : key)
                    writer.element("Size", String(key.utf8.count))
                    writer.element("ETag", "\"e\"")
                }
            }
        }
        return .response(200, [:], String(decoding: writer.bytes, as: UTF8.self))
    }

    private func keys(_ sender: ScriptedSender, prefix: String = "") async throws -> [[UInt8]] {
        var keys: [[UInt8]] = []
        for try await page in S3Client(bucket: "b", sender: sender).listObjects(prefix: prefix) {
            keys += page.objects.map { Array($0.key.utf8) }
        }
        return keys
    }

    @Test func nastyKeysComeBackAsTheyAre() async throws {
        let expected = NastyKeys.all.map { Array("p/\($0)".utf8) }
        let encoded = ScriptedSender([page(NastyKeys.all.map { "p/\($0)" })])
        #expect(try await keys(encoded, prefix: "p/") == expected)
        #expect(encoded.calls.first?.query("encoding-type") == "url")
        #expect(encoded.calls.first?.query("prefix") == "p/")
        let plain = ScriptedSender([page(NastyKeys.all.map { "p/\($0)" }, encoding: false)])
        #expect(try await keys(plain, prefix: "p/") == expected)
    }

    @Test func pagesFollowTheirTokens() async throws {
        let sender = ScriptedSender([page(["b", "a"], next: "t+1"), page([], next: "t2"), page(["c"])])
        #expect(try await keys(sender) == ["b", "a", "c"].map { Array($0.utf8) })
        #expect(sender.calls.map { $0.query("continuation-token") } == [nil, "t+1", "t2"])
    }

    @Test func aRepeatedTokenIsAnError() async {
        let direct = ScriptedSender([page(["a"], next: "1"), page(["b"], next: "1"), page(["c"])])
        await expect(.repeatedContinuation) { try await keys(direct) }
        let circle = ScriptedSender([page([], next: "1"), page([], next: "2"), page([], next: "1"), page([])])
        await expect(.repeatedContinuation) { try await keys(circle) }
    }

    @Test func aNextPageWithoutANameIsAnError() async {
        let reply = "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"
        await expect(.unexpectedReply) { try await keys(ScriptedSender([.response(200, [:], reply)])) }
    }

    @Test(arguments: ["", "other", "P/a", "p", String(repeating: "p/", count: 600)])
    func hostileKeysAreRefused(_ key: String) async {
        await expect(.foreignKey) { try await keys(ScriptedSender([page([key])]), prefix: "p/") }
    }

    @Test func keysThatAreNotEncodedAsAskedAreRefused() async {
        for key in ["p/%zz", "p/%FF", "p/%00"] {
            let reply = """
                <ListBucketResult><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType><Contents><Key>\(key)</Key>\
                <Size>1</Size></Contents></ListBucketResult>
                """
            await expect(.foreignKey) { try await keys(ScriptedSender([.response(200, [:], reply)]), prefix: "p/") }
        }
    }

    @Test func aPrefixIsComparedByBytes() async {
        await expect(.foreignKey) {
            try await keys(ScriptedSender([page(["cafe\u{301}/x"])]), prefix: "caf\u{e9}/")
        }
    }

    @Test func aDelimiterGivesFolders() async throws {
        let reply = """
            <ListBucketResult><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>\
            <CommonPrefixes><Prefix>releases/v%201/</Prefix></CommonPrefixes></ListBucketResult>
            """
        let sender = ScriptedSender([.response(200, [:], reply)])
        let client = S3Client(bucket: "b", sender: sender)
        var folders: [String] = []
        for try await page in client.listObjects(prefix: "releases/", delimiter: "/") { folders += page.commonPrefixes }
        #expect(folders == ["releases/v 1/"])
        #expect(sender.calls.first?.query("delimiter") == "/")
    }

    @Test(arguments: ["<ListBucketResult><IsTruncated>fal", "<html></html>", "<ListBucketResult/>", "not XML", ""])
    func aReplyThatIsNoListingIsAnError(_ text: String) async {
        await #expect(throws: XMLError.self) { try await keys(ScriptedSender([.response(200, [:], text)])) }
    }

    private func expect<Value>(_ kind: S3Error.Kind, _ body: () async throws -> Value) async {
        do {
            _ = try await body()
            Issue.record("nothing was thrown, expected \(kind)")
        } catch {
            #expect((error as? S3Error)?.kind == kind, "\(error)")
        }
    }
}
