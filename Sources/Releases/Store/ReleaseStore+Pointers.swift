public import PipelineKit

extension ReleaseStore {
    /// Notes a pointer before it is first pointed at a release, so that no run deletes what it is at.
    public func register(_ pointer: Pointer, in context: StepContext) async throws {
        if try await known(in: context).pointers.contains(.pointer(pointer)) { return }
        try await encode(pointer, to: .pointer(pointer))
    }

    /// What every registered pointer is at, and `current` whether registered or not.
    ///
    /// - Throws: if one cannot be read: the releases that it may be at cannot be protected. `NewerFormat` for a kind that
    ///   this runner does not know, `StepError` `unknown-pointer` for a pointer that is gone.
    public func pointedVersions(in context: StepContext) async throws -> [(pointer: Pointer, version: ReleaseVersion)] {
        var pointers: [Pointer] = [.current]
        for record in try await records(in: .pointers) {
            if let pointer = try await decode(Pointer.self, from: record), pointer != .current {
                pointers.append(pointer)
            }
        }
        var pointed: [(Pointer, ReleaseVersion)] = []
        for pointer in pointers {
            if let version = try await servedRelease(of: pointer, in: context) { pointed.append((pointer, version)) }
        }
        return pointed
    }

    private func servedRelease(of record: Pointer, in context: StepContext) async throws -> ReleaseVersion? {
        guard let type = record.type else { throw try await unknownKind(of: record) }
        do {
            return try await type.open(record, of: self, in: context)?.servedRelease()
        } catch let error as UnreadablePointer {
            throw StepError(
                "unknown-pointer",
                "\(record) is registered in \(resource), and its release cannot be determined: \(error.reason)",
                help: "if it no longer exists, delete its record with `\(deletionCommand(of: .pointer(record)))`")
        }
    }

    /// - Throws: `StepError` `release-in-use`, which names the pointer that is at it and who has put it there.
    public func refuseIfPointedAt(
        _ version: ReleaseVersion, to action: String, help: String, in context: StepContext
    ) async throws {
        let pointed = try await pointedVersions(in: context)
        guard let pointer = pointed.first(where: { $0.version == version })?.pointer else { return }
        let doer = try await deployment(of: version, by: pointer).map { ", put there by \($0.doer)" } ?? ""
        throw StepError(
            "release-in-use", "release \(version) cannot be \(action): \(pointer) of \(resource) points at it\(doer)",
            help: help)
    }
}
