public import PipelineKit
public import SystemPackage

/// A release as its records describe it.
public struct StoredRelease: Hashable, Sendable {
    public enum State: String, Hashable, Sendable {
        case complete
        /// Its upload was begun and not finished.
        case incomplete
        /// Its retirement was begun and not finished.
        case retiring
    }

    public var version: ReleaseVersion
    public var state: State
    /// ISO 8601, UTC; nil if its manifest cannot be read.
    public var createdAt: String?
    /// The run that made it, or makes it.
    public var runID: String?
    public var commit: String?
    /// True if another tool has made it, and may write there again.
    public var isAdopted: Bool
    /// Why nothing more is known of it: a newer runner has made it.
    public var newer: NewerFormat?

    public init(
        version: ReleaseVersion, state: State, createdAt: String?, runID: String? = nil, commit: String? = nil,
        isAdopted: Bool = false, newer: NewerFormat? = nil
    ) {
        self.version = version
        self.state = state
        self.createdAt = createdAt
        self.runID = runID
        self.commit = commit
        self.isAdopted = isAdopted
        self.newer = newer
    }

    /// Where its manifest is kept.
    var record: StoreRecord {
        switch state {
        case .complete: .manifest(of: version)
        case .incomplete: .incoming(version)
        case .retiring: .trash(version)
        }
    }
}

extension ReleaseStore {
    /// Every release that the store has a record of, sorted by version.
    ///
    /// - Parameter folder: gets the copies of a store that is not on this machine.
    public func releases(in folder: FilePath) async throws -> [StoredRelease] {
        var found: [ReleaseVersion: StoredRelease] = [:]
        // If there were two records of a version, the later one here would decide.
        for (place, state) in [
            (StoreRecord.Folder.incoming, StoredRelease.State.incomplete), (.trash, .retiring), (.manifests, .complete),
        ] {
            for record in try await records(in: place) {
                guard record.name.hasSuffix(".jsonl"),
                    let version = try? ReleaseVersion(String(record.name.dropLast(".jsonl".count)))
                else { continue }
                do {
                    let header = try await readableHeader(in: record, folder)
                    found[version] = StoredRelease(
                        version: version, state: state, createdAt: header?.createdAt, runID: header?.runID,
                        commit: header?.commit, isAdopted: header?.adopted ?? false)
                } catch let error as NewerFormat {
                    found[version] = StoredRelease(version: version, state: state, createdAt: nil, newer: error)
                }
            }
        }
        return found.values.sorted { $0.version.name < $1.version.name }
    }

    /// Nil for a damaged manifest: its release is listed nevertheless. A store that cannot be reached is an error.
    private func readableHeader(in record: StoreRecord, _ folder: FilePath) async throws -> ManifestHeader? {
        do {
            return try await header(in: record, copiedTo: folder)
        } catch is ManifestError {
            return nil
        } catch is FileError {
            // This one file cannot be read, but the folder that lists it can.
            return nil
        }
    }
}
