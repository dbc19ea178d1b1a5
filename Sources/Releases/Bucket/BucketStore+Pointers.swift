internal import AWS
internal import PipelineKit

extension BucketStore {
    public func target(of pointer: Pointer) async throws -> ReleaseVersion? {
        // A bucket holds no links: a pipeline that once used a folder may have registered one.
        if pointer.isLink { return nil }
        try await refuseUnknownKind(of: pointer)
        guard let origin = pointer.origin else { throw unreadable(pointer, "its name has no origin") }
        do {
            let config = try await CloudFrontClient(beside: client).getDistributionConfig(origin.distribution)
            let paths = ReleasePaths(prefix: String(base.dropLast()))
            return paths.servedRelease(at: try config.origin(named: origin.id).path)
        } catch let error as AWSError where error.serviceCode == "NoSuchDistribution" {
            throw unreadable(pointer, error.message)
        } catch let error as CloudFrontError {
            throw unreadable(pointer, error.message)
        }
    }

    private func unreadable(_ pointer: Pointer, _ reason: String) -> StepError {
        StepError(
            "unknown-pointer",
            "\(pointer) is registered in \(resource), and the release that it is at cannot be found out: \(reason)",
            help: "if it is gone for good, delete its record with "
                + "`\(deletionCommand(of: .pointer(pointer)))`")
    }
}
