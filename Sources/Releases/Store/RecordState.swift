public import SystemPackage

/// One state of a record in its store: whatever changes the record gives it another tag.
public struct RecordTag: Hashable, Sendable {
    let text: String
}

/// What a record that begins as a manifest does says of itself, and the state that it was read in.
public struct RecordState: Hashable, Sendable {
    public var header: ManifestHeader
    public var tag: RecordTag
}

/// A copy of a record on this machine, and the state that it was taken in.
public struct RecordCopy: Hashable, Sendable {
    public var file: FilePath
    public var tag: RecordTag
}

/// What must hold of a record at the moment of a change.
public enum RecordCondition: Hashable, Sendable {
    case absent
    /// It is still in this state.
    case unchanged(RecordTag)
}

/// How the move of a record ended.
public enum RecordMove: Hashable, Sendable {
    case moved
    /// It is gone, or in another state than was asked for.
    case sourceChanged
    /// There is another record of that name, which may not be replaced.
    case targetTaken
}
