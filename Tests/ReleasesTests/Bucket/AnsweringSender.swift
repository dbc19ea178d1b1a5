import AWS
import HTTP
import ObjectStorage
import PipelineKit
import Synchronization

/// Answers each call by what it asks for, and keeps what was asked.
final class AnsweringSender: AWSSender {
    private let answer: @Sendable (AWSRequest, _ number: Int) throws -> (Int, HTTPHeaders, String)
    private let asked = Mutex<[AWSRequest]>([])

    /// - Parameter answer: gets the call and how many of the same operation came before it.
    init(_ answer: @escaping @Sendable (AWSRequest, _ number: Int) throws -> (Int, HTTPHeaders, String)) {
        self.answer = answer
    }

    var operations: [String] { asked.withLock { $0.map(\.operation) } }
    var calls: [AWSRequest] { asked.withLock { $0 } }
    var s3: S3Client { S3Client(bucket: "b", sender: self) }

    func send(_ request: AWSRequest) async throws -> HTTPResponse {
        let number = asked.withLock { asked in
            asked.append(request)
            return asked.count { $0.operation == request.operation } - 1
        }
        let (status, headers, text) = try answer(request, number)
        var response = HTTPResponse(
            status: status, headers: headers, body: Array(text.utf8), effectiveURL: "http://answering/",
            timings: HTTPResponse.Timings(firstByte: .zero, total: .zero))
        request.onAttempt?(1)
        if let sink = request.sink {
            _ = response.body.withUnsafeBytes { sink($0) }
            response.body = []
        }
        try request.check?(response)
        return response
    }
}

extension AWSError {
    static func refusal(_ status: Int, _ code: String, retry: RetryClass = .failure) -> AWSError {
        AWSError(
            status: status, serviceCode: code, service: .s3, operation: "Scripted", resource: "s3://b/k",
            retryClass: retry)
    }
}

/// One page of a listing.
func listing(_ keys: [(key: String, size: Int, etag: String)], next: String? = nil) -> String {
    let contents = keys.map { entry in
        "<Contents><Key>\(entry.key)</Key><Size>\(entry.size)</Size><ETag>\"\(entry.etag)\"</ETag></Contents>"
    }
    let more = next.map { "<NextContinuationToken>\($0)</NextContinuationToken>" } ?? ""
    return "<ListBucketResult><IsTruncated>\(next != nil)</IsTruncated>\(more)\(contents.joined())</ListBucketResult>"
}
