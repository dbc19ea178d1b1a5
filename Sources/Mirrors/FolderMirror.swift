internal import Glibc
internal import PipelineKit
public import Releases
public import SystemPackage

/// Compares a folder with an asset list, file by file. It decides by the files' bytes, never by their times, and
/// follows no link below the folder.
public struct FolderMirror: Sendable {
    /// Holds files until they are whole.
    static let workName = ".mirror.tmp"

    let target: MirrorTarget
    let list: FilePath
    let filter: AssetFilter

    /// - Parameters:
    ///   - list: the asset list.
    ///   - filter: what it does not take is neither written nor deleted.
    public init(_ list: FilePath, into target: MirrorTarget, _ filter: AssetFilter) {
        (self.list, self.target, self.filter) = (list, target, filter)
    }

    /// True if nothing is wanted.
    public func isEmpty() throws -> Bool { try WantedFiles(list, filter, in: target.root).next() == nil }

    /// Compares what is wanted with what is there, without reading what has another size.
    ///
    /// - Parameters:
    ///   - includesExtra: true to be told of what is not wanted as well, after everything else.
    ///   - body: called for each difference.
    /// - Returns: how many files are wanted and as they should be.
    /// - Throws: `StepError` `in-the-way` if a folder is in a file's place, or the way to it leads through a file or
    ///   link.
    public func compare(
        includesExtra: Bool, _ body: @escaping @Sendable (MirrorDifference) throws -> Void
    ) async throws -> Int {
        try await BlockingWork.run { flag in
            var same = 0
            try differences(flag) { file, kind in
                guard let kind else {
                    same += 1
                    return
                }
                try body(MirrorDifference(key: file.key, kind: kind, bytes: file.size))
            }
            if includesExtra {
                try extras(flag) { try body(MirrorDifference(key: $0, kind: .extra, bytes: 0)) }
            }
            return same
        }
    }

    /// - Parameter body: gets each wanted file, with nil if it is as it should be.
    /// - Returns: how many files are wanted.
    @discardableResult
    func differences(
        _ flag: CancellationFlag, _ body: (WantedFile, MirrorDifference.Kind?) throws -> Void
    ) throws -> Int {
        let wanted = try WantedFiles(list, filter, in: target.root)
        let copier = FileCopier()
        var folders = try FolderStore.isRealFolder(target.root) ? KeyFolders(OpenFolder(target.root)) : nil
        var count = 0
        var lastFolder = ""
        while let file = try wanted.next() {
            try flag.check()
            count += 1
            let folder = file.key.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(file.key[..<$0]) } ?? ""
            if !folder.hasSameBytes(as: lastFolder) { try checkFolder(folder) }
            lastFolder = folder
            try body(file, try difference(of: file, in: &folders, copier, flag))
        }
        return count
    }

    private func difference(
        of file: WantedFile, in folders: inout KeyFolders?, _ copier: FileCopier, _ flag: CancellationFlag
    ) throws -> MirrorDifference.Kind? {
        let path = path(file.key)
        guard let place = try folders?.place(of: file.key), let status = try place.folder.status(of: place.name) else {
            return .new
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            if Int(status.st_size) != file.size { return .other("\(status.st_size) bytes before") }
            return try copier.digest(of: place.folder.file(place.name), flag).sha256 == file.sha256
                ? nil : .other("other content")
        case S_IFLNK: return .other("a link before")
        case S_IFDIR: throw inTheWay(path, "is a folder, and the file `\(file.key)` belongs there")
        default: throw inTheWay(path, "is neither a file nor a folder")
        }
    }

    /// Makes sure that the way to a file leads neither through a link nor into a release store.
    private func checkFolder(_ key: String) throws {
        var path = target.root
        for component in FilePath(key).components {
            path.append(component)
            guard let status = try FileStatus.of(path) else { return }
            switch status.st_mode & S_IFMT {
            case S_IFDIR where try MirrorTarget.isStore(path): throw inTheWay(path, "is a release store")
            case S_IFDIR: continue
            case S_IFLNK: throw inTheWay(path, "is a symbolic link, and a mirror follows none")
            default: throw inTheWay(path, "is a file, and a folder is needed there")
            }
        }
    }

    private func inTheWay(_ path: FilePath, _ reason: String) -> StepError {
        StepError(
            "in-the-way", "\(path) \(reason)",
            help:
                "rename or remove it if visitors do not need it, or leave the files that belong there out with `exclude`"
        )
    }

    /// - Parameter body: gets the key of each file and link that is not wanted and that the filter takes.
    func extras(_ flag: CancellationFlag, _ body: (String) throws -> Void) throws {
        guard try FolderStore.isRealFolder(target.root) else { return }
        let wanted = try SortedLookup(WantedFiles(list, filter, in: target.root).next)
        let (root, filter) = (target.root, filter)
        var walk = try EntryWalk(OpenFolder(root)) { key, name in
            guard key != Self.workName, filter.entersFolder(key, named: name) else { return false }
            return try !MirrorTarget.isStore(FilePath(root.string + "/" + key))
        }
        while let entry = try walk.next() {
            try flag.check()
            guard entry.kind == .file || entry.kind == .link else { continue }
            if try wanted.element(entry.key) != nil { continue }
            let name = entry.key.split(separator: "/").last ?? ""
            if filter.takesFile(entry.key, named: name) { try body(entry.key) }
        }
    }

    func path(_ key: String) -> FilePath { FilePath(target.root.string + "/" + key) }
}
