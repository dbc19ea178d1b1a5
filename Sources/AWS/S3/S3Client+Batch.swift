internal import HTTP
public import PipelineKit

extension S3Client {
    /// Stores files, all of them at the same time: how many that may be is for the caller to say.
    ///
    /// - Returns: a result for each, in their order. A failure is what `putObject` throws, `S3Error` `sourceChanged`, or a `FileError`.
    public func put(_ batch: [ObjectUpload]) async -> [Result<PutReceipt, any Error>] {
        var results: [Result<PutReceipt, any Error>] = []
        var sent: [(index: Int, source: UploadSource)] = []
        var requests: [AWSRequest] = []
        for (index, upload) in batch.enumerated() {
            do {
                let source = try UploadSource(upload, place: url(upload.key))
                let (body, digest) =
                    upload.size <= UploadSource.inMemory
                    ? try source.load() : try await BlockingWork.run { _ in try source.load() }
                requests.append(putRequest(upload.key, body, sha256: digest, headers: upload.headers))
                sent.append((index, source))
                results.append(.failure(CancellationError()))
            } catch {
                results.append(.failure(error))
            }
        }
        let replies = await sender.sendAll(requests)
        for ((index, source), (request, reply)) in zip(sent, zip(requests, replies)) {
            results[index] = Result {
                let etag = try etag(of: reply.get(), to: request)
                try source.checkUnchanged()
                return PutReceipt(etag: etag)
            }
        }
        return results
    }

    /// The same client, which tells of every attempt that failed and is repeated.
    public func reportingRetries(to body: @escaping @Sendable (any DescribedError) -> Void) -> S3Client {
        S3Client(bucket: bucket, sender: RetryReporter(sender: sender, report: body), capabilities: capabilities)
    }
}

/// Puts itself into every request on its way.
private struct RetryReporter: AWSSender {
    let sender: any AWSSender
    let report: @Sendable (any DescribedError) -> Void

    func send(_ request: AWSRequest) async throws -> HTTPResponse {
        var request = request
        request.onRetry = report
        return try await sender.send(request)
    }

    func sendAll(_ requests: [AWSRequest]) async -> [Result<HTTPResponse, any Error>] {
        await sender.sendAll(
            requests.map { request in
                var request = request
                request.onRetry = report
                return request
            })
    }
}
