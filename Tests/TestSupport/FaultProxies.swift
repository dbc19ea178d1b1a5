internal import PipelineKit
internal import Synchronization
internal import SystemPackage

/// Fault proxies that one test has for itself. What a proxy does to requests is the whole proxy's, so that tests of one proxy would
/// have to run one after the other.
public final class FaultProxies: Sendable {
    /// Those of the test that runs.
    @TaskLocal public static var own: FaultProxies?

    /// By the names of the bed's variables.
    public let addresses: [String: String]
    private let input: FileDescriptor

    private static let free = Mutex<[FaultProxies]>([])

    /// Runs `body` with a pair that nobody else has. One that another test has done with is used again; its plan is still there.
    public static func withOwn(_ body: () async throws -> Void) async throws {
        let bed = try await TestBed.shared()
        let proxies =
            if let one = free.withLock({ $0.popLast() }) { one } else {
                try await BlockingWork.run { _ in try FaultProxies(bed) }
            }
        defer { free.withLock { $0.append(proxies) } }
        try await $own.withValue(proxies) { try await body() }
    }

    private init(_ bed: TestBed) throws {
        let child = try TestBedChild([
            "proxies", "--s3", bed.environment["AWS_ENDPOINT_URL_S3"] ?? "",
            "--cloudfront", bed.environment["AWS_ENDPOINT_URL_CLOUDFRONT"] ?? "",
        ])
        input = child.input
        let urls = try child.readLine().split(separator: " ").map(String.init)
        guard urls.count == 2 else {
            try? input.close()
            throw StepError("no-proxies", "the fault proxies did not come up: their last words are above")
        }
        addresses = ["CHAOS_S3_URL": urls[0], "CHAOS_CLOUDFRONT_URL": urls[1]]
    }

    deinit { try? input.close() }
}
