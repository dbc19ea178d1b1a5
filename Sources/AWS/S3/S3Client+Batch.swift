internal import Digest
internal import HTTP
public import ObjectStorage
internal import PipelineKit

extension S3Client {
    /// Stores files, all of them at the same time: how many that may be is for the caller to say.
    ///
    /// - Returns: a result for each, in their order. A failure is what `putObject` throws, `StorageError`
    ///   `sourceChanged`, or a `FileError`.
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
                do {
                    let outcome = try outcome.get()
                    try source.checkUnchanged()
                    return outcome
                } catch let error as AWSError where error.status == 501 && batch[index].headers.websiteRedirect != nil {
                    throw redirectRefused(error)
                }
            }
        }
        return results
    }

    /// A server without conditions and checksums has been asked again without them, so it is the redirect.
    private func redirectRefused(_ error: AWSError) -> S3Error {
        S3Error(
            .redirectRefused, error.operation, error.resource,
            "this server keeps no website redirects: \(error.serviceCode), status \(error.status)")
    }

    /// As `preferring` does for one call.
    private func outcomes(of puts: [FilePut]) async -> [Result<WriteOutcome, any Error>] {
        let keepsSHA256 = capabilities.keepsSHA256
        var outcomes = await outcomes(of: puts, keepsSHA256: keepsSHA256)
        let denied = puts.indices.filter { index in
            guard keepsSHA256, case .failure(let error as AWSError) = outcomes[index] else { return false }
            return DeniableCapability.checksums.isDenied(by: error)
        }
        if denied.isEmpty { return outcomes }
        let repeated = await self.outcomes(of: denied.map { puts[$0] }, keepsSHA256: false)
        for (index, outcome) in zip(denied, repeated) {
            outcomes[index] = outcome
            if case .success = outcome { learnt.remove(.checksums) }
        }
        return outcomes
    }

    private func outcomes(of puts: [FilePut], keepsSHA256: Bool) async -> [Result<WriteOutcome, any Error>] {
        let conditions = capabilities.conditionalPut
        var outcomes = await send(puts, conditions, keepsSHA256: keepsSHA256)
        let denied = puts.indices.filter { index in
            guard let condition = puts[index].condition(among: conditions),
                case .failure(let error as AWSError) = outcomes[index]
            else { return false }
            return DeniableCapability.conditionalPut(condition).isDenied(by: error)
        }
        if denied.isEmpty { return outcomes }
        let repeated = await send(denied.map { puts[$0] }, [], keepsSHA256: keepsSHA256)
        for (index, outcome) in zip(denied, repeated) {
            outcomes[index] = outcome
            if case .success = outcome, let condition = puts[index].upload.condition {
                learnt.remove(.conditionalPut(condition))
            }
        }
        return outcomes
    }

    private func send(
        _ puts: [FilePut], _ conditions: StorageCapabilities.Conditions, keepsSHA256: Bool
    ) async -> [Result<WriteOutcome, any Error>] {
        let requests = puts.map { put in
            putRequest(
                put.upload.key, put.body, sha256: put.digest, headers: put.upload.headers,
                if: put.condition(among: conditions), keepsSHA256: keepsSHA256)
        }
        let replies = await sender.sendAll(requests)
        return zip(zip(puts, requests), replies).map { sent, reply in
            let (put, request) = sent
            return Result {
                do {
                    return .written(etag: try etag(of: reply.get(), to: request))
                } catch let error as AWSError {
                    guard let condition = put.condition(among: conditions),
                        let outcome = WriteOutcome(error, of: condition)
                    else { throw error }
                    return outcome
                }
            }
        }
    }
}

/// A file that has been looked at and is ready to be sent.
private struct FilePut {
    var upload: ObjectUpload
    var body: RequestBody
    var digest: SHA256Digest

    /// The file's condition, if it is one of these.
    func condition(among conditions: StorageCapabilities.Conditions) -> WriteCondition? {
        upload.condition.flatMap { conditions.take($0) ? $0 : nil }
    }
}
