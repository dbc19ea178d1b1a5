internal import Digest
internal import HTTP
public import PipelineKit

extension S3Client {
    /// Stores files, all of them at the same time: how many that may be is for the caller to say.
    ///
    /// - Returns: a result for each, in their order. A failure is what `putObject` throws, `S3Error` `sourceChanged`, or a `FileError`.
    public func put(_ batch: [ObjectUpload]) async -> [Result<WriteOutcome, any Error>] {
        var results: [Result<WriteOutcome, any Error>] = []
        var sent: [(index: Int, source: UploadSource)] = []
        var puts: [FilePut] = []
        for (index, upload) in batch.enumerated() {
            do {
                let source = try UploadSource(upload, place: url(upload.key))
                let (body, digest) =
                    upload.size <= UploadSource.inMemory
                    ? try source.load() : try await BlockingWork.run { _ in try source.load() }
                puts.append(FilePut(upload: upload, body: body, digest: digest))
                sent.append((index, source))
                results.append(.failure(CancellationError()))
            } catch {
                results.append(.failure(error))
            }
        }
        for ((index, source), outcome) in zip(sent, await outcomes(of: puts)) {
            results[index] = Result {
                let outcome = try outcome.get()
                try source.checkUnchanged()
                return outcome
            }
        }
        return results
    }

    private func outcomes(of puts: [FilePut]) async -> [Result<WriteOutcome, any Error>] {
        let isConditional = capabilities.has(.conditionalPut)
        var outcomes = await send(puts, isConditional: isConditional)
        guard isConditional else { return outcomes }
        let denied = puts.indices.filter { index in
            guard puts[index].upload.condition != nil, case .failure(let error as AWSError) = outcomes[index] else {
                return false
            }
            return S3Capabilities.Capability.conditionalPut.isDenied(by: error)
        }
        if denied.isEmpty { return outcomes }
        for (index, outcome) in zip(denied, await send(denied.map { puts[$0] }, isConditional: false)) {
            outcomes[index] = outcome
            if case .success = outcome { capabilities.lacks(.conditionalPut) }
        }
        return outcomes
    }

    private func send(_ puts: [FilePut], isConditional: Bool) async -> [Result<WriteOutcome, any Error>] {
        let requests = puts.map { put in
            putRequest(
                put.upload.key, put.body, sha256: put.digest, headers: put.upload.headers,
                if: isConditional ? put.upload.condition : nil)
        }
        let replies = await sender.sendAll(requests)
        return zip(zip(puts, requests), replies).map { sent, reply in
            let (put, request) = sent
            return Result {
                do {
                    return .written(etag: try etag(of: reply.get(), to: request))
                } catch let error as AWSError {
                    guard isConditional, let condition = put.upload.condition,
                        let outcome = WriteOutcome(error, of: condition)
                    else { throw error }
                    return outcome
                }
            }
        }
    }

    /// The same client, which tells of every attempt that failed and is repeated.
    public func reportingRetries(to body: @escaping @Sendable (any DescribedError) -> Void) -> S3Client {
        S3Client(bucket: bucket, sender: RetryReporter(sender: sender, report: body), capabilities: capabilities)
    }
}

/// A file that has been looked at and is ready to be sent.
private struct FilePut {
    var upload: ObjectUpload
    var body: RequestBody
    var digest: SHA256Digest
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
