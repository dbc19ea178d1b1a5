public import FoundationEssentials
internal import HTTP
public import ObjectStorage
public import PipelineKit

/// What takes several calls of S3, and what is said in AWS's own words. The files beside this one have the rest of the
/// protocol, a file for each family of calls.
extension S3Client: ObjectStorage {
    public var capabilities: StorageCapabilities { learnt.known }

    public func date(_ local: Date) -> Date { sender.date(local) }

    public func deletionCommand(of key: String) -> String { "aws s3 rm " + ShellWord.quoted(url(key)) }

    public func deletionCommand(below prefix: String) -> String {
        "aws s3 rm --recursive " + ShellWord.quoted(url(prefix))
    }

    public func putConfirmed(
        _ key: String, _ bytes: [UInt8], headers: ObjectHeaders, if condition: WriteCondition, maximumBytes: Int,
        clock: any RunClock
    ) async throws -> ConfirmedWrite {
        var write = ConditionalWrite(client: self, clock: clock)
        write.maximumBytes = maximumBytes
        return try await write.put(key, bytes, headers: headers, if: condition)
    }

    public func putInParts(
        _ key: String, _ plan: PartPlan, headers: ObjectHeaders, if condition: WriteCondition?, clock: any RunClock,
        _ source: @escaping PartSource
    ) async throws -> WriteOutcome {
        try await MultipartUpload(client: self, key: key, headers: headers, plan: plan, if: condition, clock: clock)
            .run(source)
    }

    /// Without the right to list uploads it does nothing.
    public func abortPartialUploads(below prefix: String, clock: any RunClock) async throws {
        do {
            for upload in try await listMultipartUploads(prefix: prefix) {
                try await abortUntilGone(upload.key, uploadID: upload.uploadID, clock: clock)
            }
        } catch let error as AWSError where error.status == 403 || error.status == 501 {
            // Tidying up is not worth a failure: who may not list uploads lets a lifecycle rule end them.
            return
        }
    }

    public func reportingRetries(to body: @escaping @Sendable (any DescribedError) -> Void) -> any ObjectStorage {
        S3Client(
            bucket: bucket, prefix: String(part.dropLast()), sender: RetryReporter(sender: sender, report: body),
            capabilities: learnt, deadline: deadline)
    }
}

/// Puts itself into every request on its way.
private struct RetryReporter: AWSSender {
    let sender: any AWSSender
    let report: @Sendable (any DescribedError) -> Void

    func date(_ local: Date) -> Date { sender.date(local) }

    func send(_ request: AWSRequest) async throws -> HTTPResponse { try await sender.send(reporting(request)) }

    func sendAll(_ requests: [AWSRequest]) async -> [Result<HTTPResponse, any Error>] {
        await sender.sendAll(requests.map(reporting))
    }

    /// Whoever is told already is told still.
    private func reporting(_ request: AWSRequest) -> AWSRequest {
        var request = request
        request.onRetry = { [report, others = request.onRetry] error in
            others?(error)
            report(error)
        }
        return request
    }
}
