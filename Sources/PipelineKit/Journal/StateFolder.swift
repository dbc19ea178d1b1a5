public import SystemPackage

/// The folder that holds the runs of a project: `.runner` at the top of its git checkout.
public struct StateFolder: Hashable, Sendable {
    public let path: FilePath

    public init(_ path: FilePath) {
        self.path = path
    }

    public var runs: FilePath { path.appending("runs") }

    /// Makes the folder, and keeps git from taking it up.
    public func prepare() throws {
        try DurableFile.makeFolder(runs)
        let ignore = path.appending(".gitignore")
        if (try? DurableFile.read(ignore)) == nil {
            try DurableFile.write(Array("*\n".utf8), to: ignore, mode: [.ownerReadWrite, .groupRead, .otherRead])
        }
    }

    /// The ids of all runs, the newest first.
    public func runIDs() throws -> [String] {
        try DurableFile.entries(of: runs).sorted(by: >)
    }
}
