internal import FoundationEssentials
public import SystemPackage

/// A file for what only one attempt of a step needs, and which may hold a secret: no file of a run may.
///
/// It is in a folder of its own below the step's, so that a program that is left running cannot make it again. If this
/// process is killed, the next one that opens the run removes it.
public struct TransientFile: Sendable {
    static let folderName = "transient"

    public let path: FilePath

    /// Makes it, empty and for its owner alone.
    ///
    /// - Parameter folder: the step's; what an earlier attempt has left there is removed.
    /// - Throws: `FileError`.
    public init(named name: String, in folder: FilePath) throws {
        Self.removeAll(in: folder)
        let own = folder.appending(Self.folderName)
        path = own.appending(name)
        try DurableFile.makeFolder(own)
        try DurableFile.write([], to: path)
    }

    /// Removes it, with whatever else is in its folder.
    public func remove() { Self.removeAll(in: path.removingLastComponent().removingLastComponent()) }

    /// Removes what attempts of a step have left in its folder.
    static func removeAll(in folder: FilePath) {
        let own = folder.appending(folderName)
        // From now on its path leads nowhere, whoever is about to write to it.
        let gone = folder.appending(folderName + ".gone")
        try? FileManager.default.removeItem(atPath: gone.string)
        guard (try? DurableFile.rename(own, to: gone)) != nil else { return }
        try? FileManager.default.removeItem(atPath: gone.string)
    }
}
