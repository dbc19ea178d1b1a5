import PipelineKit
@testable import Releases
import Testing

@Suite struct StoreFormatTests {
    @Test(arguments: [StoreFormat.first, .current]) func ownFormatsAreWrittenTo(_ format: StoreFormat) {
        #expect(format.refusal(at: "s3://b") == nil)
    }

    @Test func newerFormatIsRefused() throws {
        let newer = StoreFormat(format: 3, oldestRunner: "4.5.6")
        let error = try #require(newer.refusal(at: "s3://b"))
        #expect(error.message.hasPrefix("the store s3://b has format 3, and this is runner "))
        #expect(error.help == "use runner 4.5.6 or newer")
    }

    /// A newer runner may write the same things in an order that older runners do not keep to.
    @Test func olderRunnerIsRefusedInAKnownFormat() throws {
        let newer = StoreFormat(format: 2, oldestRunner: "4.5.6")
        let error = try #require(newer.refusal(at: "s3://b"))
        #expect(error.help == "use runner 4.5.6 or newer")
    }

    /// Its own pre-releases are this version already.
    @Test func ownVersionIsNotTooOld() {
        #expect(StoreFormat(format: 2, oldestRunner: RunnerVersion.text).refusal(at: "s3://b") == nil)
        #expect(!NewerFormat.isNewer(StoreFormat.current.oldestRunner))
    }

    @Test(
        arguments: [
            ("link-current.json", "link"), ("distribution-E1-site.json", "distribution"),
            ("function-a.json", "function"),
            (".DS_Store", nil), ("-a.json", nil), ("link.json", nil), ("link-current.json.tmp", nil),
        ] as [(String, String?)]) func kindsAreInTheNamesOfRecords(_ name: String, _ kind: String?)
    {
        #expect(Pointer.kind(ofRecord: name) == kind)
    }

    @Test(arguments: [Pointer.current, Pointer(link: "a.log"), Pointer(distribution: "E1", origin: "a-b")])
    func everyPointerIsOfAKnownKind(_ pointer: Pointer) {
        let kind = Pointer.kind(ofRecord: StoreRecord.pointer(pointer).name)
        #expect(kind == pointer.kind && pointer.type?.kind == pointer.kind)
    }
}
