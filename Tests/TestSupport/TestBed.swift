internal import FoundationEssentials
internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// SeaweedFS, moto, the CloudFront simulator and the fault proxies of `Tests/TestBed`, on free ports.
///
/// The bed ends, and deletes its files, when its standard input does: with this value, or with the process, however that ends.
public final class TestBed: Sendable {
    /// What a deploy finds in its environment: endpoints, keys, the region, `S3_BUCKET`, `DISTRIBUTION_ID` and the rest of the bed's `env` file.
    public let environment: [String: String]
    /// Kept open and never written to.
    private let input: FileDescriptor

    /// One bed for all tests of the process, started by the first: each test keeps to a prefix and a distribution of its own.
    public static func shared() async throws -> TestBed { try await starting.value }

    private static let starting = Task { try await start() }

    /// - Throws: `StepError` if Python or its packages are missing, or a server does not come up.
    public static func start(_ arguments: [String] = quick) async throws -> TestBed {
        try await BlockingWork.run { _ in try TestBed(arguments) }
    }

    /// Edges that switch at once.
    public static let quick = ["--edges", "2", "--edge-options", "--config-delay 0,0.1 --invalidation-delay 0,0.1"]

    /// The address in a variable of the bed: in a test that has fault proxies of its own, theirs.
    public func url(_ name: String) -> String { FaultProxies.own?.addresses[name] ?? environment[name] ?? "" }

    private init(_ arguments: [String]) throws {
        let child = try TestBedChild(["hold"] + arguments)
        input = child.input
        let file = try child.readLine()
        guard let content = FileManager.default.contents(atPath: file) else {
            try? child.input.close()
            throw StepError("no-test-bed", "the test bed did not come up: its last words are above")
        }
        environment = Self.variables(String(decoding: content, as: UTF8.self))
    }

    deinit {
        try? input.close()
    }

    /// Reads lines such as `export NAME='value'`.
    private static func variables(_ text: String) -> [String: String] {
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            guard line.hasPrefix("export "), let equals = line.firstIndex(of: "=") else { return nil }
            let value = line[equals...].dropFirst(2).dropLast()
            return (String(line[..<equals].dropFirst(7)), String(value))
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }
}
