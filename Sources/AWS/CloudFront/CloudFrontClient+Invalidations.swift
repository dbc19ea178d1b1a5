internal import HTTP

/// An invalidation that CloudFront knows of.
public struct Invalidation: Hashable, Sendable {
    public var id: String
    /// `InProgress` or `Completed`.
    public var status: String
    public var callerReference: String
    /// ISO 8601, as sent.
    public var createdAt: String

    /// The case of the letters does not count: not every server that speaks for CloudFront spells it alike.
    public var isCompleted: Bool { status.lowercased() == "completed" }

    init(_ root: XMLElement) throws(XMLError) {
        id = try root.required("Id")
        status = try root.required("Status")
        createdAt = root.text("CreateTime") ?? ""
        callerReference = root.at(["InvalidationBatch", "CallerReference"])?.text ?? ""
    }
}

/// How CloudFront received the request for an invalidation.
public enum InvalidationOutcome: Hashable, Sendable {
    /// Made now, or found: the same caller reference had made it before.
    case accepted(Invalidation)
    /// Others are in progress, and the distribution's quota is used up until they end.
    case tooManyInProgress
}

extension CloudFrontClient {
    /// Asks for an invalidation. Asking again with the same reference and paths finds the first one and makes no
    /// second.
    public func createInvalidation(
        _ batch: InvalidationPlan.Batch, on distribution: String
    ) async throws -> InvalidationOutcome {
        var writer = XMLWriter()
        writer.element("InvalidationBatch", namespace: Self.namespace) { writer in
            writer.element("Paths") { writer in
                writer.element("Quantity", String(batch.paths.count))
                writer.element("Items") { writer in
                    for path in batch.paths { writer.element("Path", path.text) }
                }
            }
            writer.element("CallerReference", batch.callerReference)
        }
        var request = try request("CreateInvalidation", .post, distribution, "/invalidation")
        request.headers = ["content-type": "text/xml"]
        request.body = .bytes(writer.bytes)
        do {
            return .accepted(try await sender.read(request, root: "Invalidation") { try Invalidation($0) })
        } catch let error as AWSError where error.serviceCode == "TooManyInvalidationsInProgress" {
            return .tooManyInProgress
        }
    }

    /// How far an invalidation has come.
    public func getInvalidation(_ id: String, on distribution: String) async throws -> Invalidation {
        let request = try request("GetInvalidation", .get, distribution, "/invalidation/\(id)")
        return try await sender.read(request, root: "Invalidation") { try Invalidation($0) }
    }

    /// Waits until every edge has dropped what the invalidation names.
    public func waitUntilCompleted(
        _ invalidation: String, on distribution: String, _ wait: CloudFrontPoller
    ) async throws -> Invalidation {
        try await wait.until("the invalidation \(invalidation) of \(distribution) was not completed") {
            let state = try await getInvalidation(invalidation, on: distribution)
            return state.isCompleted ? .reached(state, status: state.status) : .waiting(status: state.status)
        }
    }

    /// Asks for an invalidation, and waits while others use the quota up.
    public func createInvalidation(
        _ batch: InvalidationPlan.Batch, on distribution: String, _ wait: CloudFrontPoller
    ) async throws -> Invalidation {
        try await wait.until("the distribution \(distribution) took no further invalidation") {
            switch try await createInvalidation(batch, on: distribution) {
            case .accepted(let invalidation): .reached(invalidation, status: invalidation.status)
            case .tooManyInProgress: .waiting(status: "TooManyInvalidationsInProgress")
            }
        }
    }

    /// Asks for the batches of a plan, one after the other: each is completed before the next is asked for.
    ///
    /// - Parameter waitsForLast: true to return when the last one is completed.
    /// - Returns: the last one; nil if the plan has none.
    /// - Throws: `deadline`; what `AWSSender.send` throws.
    public func invalidate(
        _ plan: InvalidationPlan, on distribution: String, waitsForLast: Bool, _ wait: CloudFrontPoller
    ) async throws -> Invalidation? {
        var last: Invalidation?
        for (number, batch) in plan.batches.enumerated() {
            let invalidation = try await createInvalidation(batch, on: distribution, wait)
            let waits = waitsForLast || number < plan.batches.count - 1
            last = waits ? try await waitUntilCompleted(invalidation.id, on: distribution, wait) : invalidation
        }
        return last
    }
}
