import AWS
import LogStep
import MirrorStep
import ObjectStorage
import PipelineKit
import ReleaseStep
import Releases
import SyncStep
import TestSupport
import Testing

/// A kind of call of S3, and a step that makes it.
struct ObjectCall: Sendable, CustomTestStringConvertible {
    var name: String
    /// What selects the call, in a rule of the proxy.
    var selectors: String
    /// Another thing that goes wrong, so that the call is made at all.
    var besides: [String] = []
    /// Makes the call at least once, in a store with the release `v1`.
    var step: @Sendable (FaultCase) async throws -> Void
    /// What is wrong with the store afterwards; empty if nothing is.
    var faults: @Sendable (FaultCase, _ isDone: Bool) async throws -> [String]

    var testDescription: String { name }
}

/// One step in a store, while its calls are hurt.
struct FaultCase: Sendable {
    let bucket: BucketFixture
    let number: Int

    var version: String { "w\(number)" }
    var address: String { "s3://\(bucket.aws.s3.bucket)/\(bucket.prefix)" }
    var run: String { "run-\(1_000 + number)" }

    static let large = String(repeating: "0123456789abcde\n", count: (5 << 16) + 1)

    func context() throws -> StepContext {
        var context = try bucket.context(run: run)
        context.clock = QuickClock()
        return context
    }

    private func files(withLarge: Bool) -> [String: String] {
        let few = ["small": "of \(version)", "same": "the same in all"]
        return withLarge ? few.merging(["large": Self.large]) { $1 } : few
    }

    func sync(withLarge: Bool = false) throws -> Sync {
        let list = try bucket.site.site("list-\(number)", files(withLarge: withLarge))
        return try bucket.sync(version, list) { $0.partSize = ByteCount(5 << 20) }
    }

    /// A release is complete, or it has no manifest and the next run makes it.
    ///
    /// - Parameter mayBeComplete: for a call after the last write that counts.
    func faultsOfRelease(isDone: Bool, withLarge: Bool = false, mayBeComplete: Bool = false) async throws -> [String] {
        var faults: [String] = []
        let manifests = try await bucket.keys(".runner/manifests/")
        let isComplete = manifests.contains("\(version).jsonl")
        if isDone, !isComplete { faults.append("not complete") }
        if !isDone, isComplete, !mayBeComplete { faults.append("complete all the same") }
        if !manifests.contains("v1.jsonl") { faults.append("v1 is gone") }
        if !isDone {
            let again = try await perform(try sync(withLarge: withLarge), in: try bucket.context(run: run))
            if again.files != files(withLarge: withLarge).count { faults.append("\(again.files) files") }
        }
        for (key, text) in files(withLarge: withLarge)
        where try await bucket.aws.s3.getObject("\(bucket.prefix)/releases/\(version)/\(key)", maximumBytes: 8 << 20)?
            .bytes != Array(text.utf8)
        {
            faults.append("\(key) is not as it was sent")
        }
        let pending = try await bucket.aws.s3.listMultipartUploads(prefix: bucket.prefix)
        if !pending.isEmpty { faults.append("\(pending.count) uploads pending") }
        return faults
    }

    func mirror() throws -> Mirror {
        let list = try bucket.site.site("mirror-\(number)", ["kept": "kept"])
        return Mirror(
            try .test([
                "assets": .text(list), "to": .text("s3://\(bucket.aws.s3.bucket)/\(bucket.prefix)/m\(number)"),
                "delete": true,
            ]))
    }
}

extension ObjectCall {
    /// A call that `sync` makes.
    static func sync(
        _ name: String, _ selectors: String, withLarge: Bool = false, mayBeComplete: Bool = false,
        besides: [String] = []
    ) -> ObjectCall {
        ObjectCall(
            name: name, selectors: selectors, besides: besides,
            step: { _ = try await perform(try $0.sync(withLarge: withLarge), in: try $0.context()) },
            faults: { try await $0.faultsOfRelease(isDone: $1, withLarge: withLarge, mayBeComplete: mayBeComplete) })
    }

    static let deleteObjects = ObjectCall(
        name: "DeleteObjects, by mirror", selectors: #""method": "POST", "path": "[?]delete""#,
        step: { test in
            for name in ["kept", "gone", "gone too"] { try await test.bucket.put(name, "m\(test.number)/\(name)") }
            _ = try await perform(try test.mirror(), in: try test.context())
        },
        faults: { test, isDone in
            let keys = try await test.bucket.keys("m\(test.number)/")
            let isLeft = keys == ["gone", "gone too", "kept"]
            return keys == ["kept"] || (!isDone && isLeft) ? [] : ["\(keys)"]
        })

    static let getByRelease = ObjectCall(
        name: "GetObject, by release", selectors: #""method": "GET", "path": "/[.]runner/deployments/""#,
        step: { test in
            let step = Release(try .test(["store": .text(test.address), "select": "latest"]))
            let output = try await perform(step, in: try test.context())
            guard output.version == "v1" else { throw StepError("wrong-release", output.version) }
        },
        faults: { test, _ in
            // It only reads: the release is as it was, and nothing is beside it.
            let manifests = try await test.bucket.keys(".runner/manifests/")
            return manifests == ["v1.jsonl"] ? [] : ["\(manifests)"]
        })

    static let putByLog = ObjectCall(
        name: "PutObject, by log", selectors: #""method": "PUT", "path": "[.]log[.]json""#,
        step: { test in
            _ = try await perform(Log(try .test(["store": .text(test.address)])), in: try test.context())
        },
        faults: { test, isDone in
            let text = try await test.bucket.text(".runner/deployments/\(test.run).log.json")
            return text.map { $0.contains(test.run) } == (isDone ? true : nil) ? [] : [text ?? "no record"]
        })
}
