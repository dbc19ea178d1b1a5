public import SystemPackage

/// Identifies one state of a record in its store: every change of the record gives it another tag.
public struct RecordTag: Hashable, Sendable {
    let text: String
}

/// The header of a record in the form of a manifest, and the state that the record was in when it was read.
public struct RecordState: Hashable, Sendable {
    public var header: ManifestHeader
    public var tag: RecordTag
}

/// A copy of a record on this machine, and the state that the record was in when it was copied.
public struct RecordCopy: Hashable, Sendable {
    public var file: FilePath
    public var tag: RecordTag
}

/// What must be true of a record when it is changed.
public enum RecordCondition: Hashable, Sendable {
    case absent
    /// It is still in this state.
    case unchanged(RecordTag)
}

/// The outcome of moving a record.
public enum RecordMove: Hashable, Sendable {
    case moved
    /// The record is gone, or in another state than the caller expected.
    case sourceChanged
    /// There is another record of that name, which may not be replaced.
    case targetTaken
}
