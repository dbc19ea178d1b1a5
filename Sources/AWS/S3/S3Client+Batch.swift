internal import HTTP
public import PipelineKit

extension S3Client {
    /// Stores files, all of them at the same time: how many that may be is for the caller to say.
    ///
    /// - Returns: a result for each, in their order. A failure is what `putObject` throws, `S3Error` `sourceChanged`, or a `FileError`.
    public func put(_ batch: [ObjectUpload]) async -> [Result<PutReceipt, any Error>] {
        await withTaskGroup(of: (Int, Result<PutReceipt, any Error>).self) { group in
            for (index, upload) in batch.enumerated() {
                group.addTask {
                    do {
                        return (index, .success(try await put(upload)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var results: [(Int, Result<PutReceipt, any Error>)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func put(_ upload: ObjectUpload) async throws -> PutReceipt {
        let source = try UploadSource(upload, place: url(upload.key))
        let body =
            upload.size <= UploadSource.inMemory
            ? try source.load() : try await BlockingWork.run { _ in try source.load() }
        let etag = try await putObject(upload.key, body, sha256: upload.sha256, headers: upload.headers)
        try source.checkUnchanged()
        return PutReceipt(etag: etag)
    }

    /// The same client, which tells of every attempt that failed and is repeated.
    public func reportingRetries(to body: @escaping @Sendable (any DescribedError) -> Void) -> S3Client {
        S3Client(bucket: bucket, sender: RetryReporter(sender: sender, report: body))
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
}
