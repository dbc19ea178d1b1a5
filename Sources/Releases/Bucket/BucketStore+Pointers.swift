internal import PipelineKit

extension BucketStore {
    public func target(of pointer: Pointer) async throws -> ReleaseVersion? {
        // A bucket holds no links: a pipeline that once used a folder may have registered one.
        if pointer.isLink { return nil }
        throw StepError(
            "unknown-pointer", "\(pointer) is registered in \(resource), and this runner cannot read it",
            help: "use a runner that can, or delete \(location(of: .pointer(pointer))) if it is gone for good")
    }
}
