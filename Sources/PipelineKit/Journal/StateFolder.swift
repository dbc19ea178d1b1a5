public import SystemPackage

/// The folder that holds the runs of a project: `.runner` at the top of its git checkout, or in the project's folder.
public struct StateFolder: Hashable, Sendable {
    public let path: FilePath

    public init(_ path: FilePath) {
        self.path = path
    }

    public var runs: FilePath { path.appending("runs") }

    /// Makes the folder, with a `.gitignore` that keeps it out of git.
    ///
    /// - Throws: `ForeignRun` if the folder of the runs is another user's, or others may write into it; `FileError`.
    public func prepare() throws {
        try DurableFile.makeFolder(runs)
        try RunOwner.checkRuns(runs)
        let ignore = path.appending(".gitignore")
        if (try? DurableFile.read(ignore)) == nil {
            try DurableFile.write(Array("*\n".utf8), to: ignore, mode: [.ownerReadWrite, .groupRead, .otherRead])
        }
    }

    /// Returns the ids of all runs, newest first.
    public func runIDs() throws -> [String] {
        try DurableFile.entries(of: runs).sorted(by: >)
    }
}
