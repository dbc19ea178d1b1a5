import AWS
import HTTP
import PipelineKit
import TestSupport
import Testing

@testable import Releases

/// How often a switch asks CloudFront, and what its write rests on.
@Suite struct DistributionWriteTests {
    private static func config(_ path: String) -> String {
        """
        <DistributionConfig><Origins><Items><Origin><Id>site</Id><DomainName>b.s3.amazonaws.com</DomainName>\
        <OriginPath>\(path)</OriginPath></Origin></Items></Origins></DistributionConfig>
        """
    }

    /// A distribution whose configuration has another ETag at each entry of `paths`, one for each look.
    ///
    /// - Parameter etag: the one that a write gives it.
    private func pointer(_ paths: [String], refusing refused: Int = 0, etag: String = "written") async throws -> (
        PointerState, DistributionPointer, AnsweringSender
    ) {
        let sender = AnsweringSender { request, number in
            if request.operation == "UpdateDistribution" {
                if number < refused { throw AWSError.refusal(412, "PreconditionFailed") }
                return (200, ["etag": etag], "")
            }
            return (200, ["etag": "e\(number)"], Self.config(paths[min(number, paths.count - 1)]))
        }
        let store = BucketStore(sender.s3, prefix: "", clock: TestClock())
        let (pointer, state) = try await DistributionPointer.find(
            "E123ABC", origin: nil, bucket: "b", ReleasePaths(prefix: ""), of: store, CloudFrontClient(sender: sender))
        return (state, pointer, sender)
    }

    /// The look that finds the pointer is the one that the write rests on.
    @Test func theWriteRestsOnTheLookBefore() async throws {
        let (state, pointer, sender) = try await pointer(["/releases/v1"])
        #expect(state.version?.name == "v1" && state.path == "/releases/v1")
        try await pointer.point(at: ReleaseVersion("v2"), from: state, .test()) {}
        #expect(sender.operations == ["GetDistributionConfig", "UpdateDistribution"])
        #expect(sender.calls.last?.headers["if-match"] == "e0")
    }

    /// If the configuration was changed meanwhile, the write fails by its ETag, and another look decides.
    @Test(arguments: [("/releases/v1", true), ("/releases/v9", false)])
    func aChangedConfigurationIsLookedAtAgain(_ path: String, _ isWritten: Bool) async throws {
        let (state, pointer, sender) = try await pointer(["/releases/v1", path], refusing: 1)
        var refusal: (any Error)?
        do {
            try await pointer.point(at: ReleaseVersion("v2"), from: state, .test()) {}
        } catch let error as NotSwitched {
            refusal = error.cause
        }
        let looked = ["GetDistributionConfig", "UpdateDistribution", "GetDistributionConfig"]
        #expect(sender.operations == looked + (isWritten ? ["UpdateDistribution"] : []))
        #expect((refusal as? CloudFrontError)?.kind == (isWritten ? nil : .changedByOthers))
    }

    /// A write that was sent before fails if the configuration has a new ETag by now. If it has not, only time helps: until
    /// CloudFront refuses the request because of its date.
    @Test(arguments: [("written", false), ("e1", true)])
    func aFenceThatDoesNotHoldIsWaitedOut(_ etag: String, _ isWaitedOut: Bool) async throws {
        let (_, pointer, sender) = try await pointer(["/releases/v1", "/releases/v1", "/releases/v2"], etag: etag)
        let clock = TestClock()
        let state = try await pointer.fence(clock.now - .seconds(30), .test(clock: clock))
        let looked = ["GetDistributionConfig", "GetDistributionConfig", "UpdateDistribution"]
        #expect(sender.operations == looked + (isWaitedOut ? ["GetDistributionConfig"] : []))
        #expect(sender.calls[2].headers["if-match"] == "e1")
        #expect(clock.sleeps == (isWaitedOut ? [.seconds(300)] : []))
        // What has arrived meanwhile is seen.
        #expect(state.version?.name == (isWaitedOut ? "v2" : "v1"))
    }

    /// A state that comes from the journal was seen by another look, long ago.
    @Test func aStateFromTheJournalIsLookedAtAgain() async throws {
        let (_, pointer, sender) = try await pointer(["/releases/v2", "/releases/v2"])
        let before = PointerState(version: try ReleaseVersion("v1"), path: "/releases/v1")
        try await pointer.restore(before, from: ReleaseVersion("v2"), .test()) {}
        #expect(sender.operations == ["GetDistributionConfig", "GetDistributionConfig", "UpdateDistribution"])
    }
}
