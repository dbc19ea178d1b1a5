package import PipelineKit
package import SystemPackage

/// Finds the folders of keys below a folder that is held open, and holds the last one open: in their order, most keys
/// share the folder of the one before.
///
/// It belongs to the thread that made it.
package struct KeyFolders {
    package let root: OpenFolder
    private var lastKey = ""
    private var last: OpenFolder?

    package init(_ root: OpenFolder) { self.root = root }

    /// A file's folder, which is open, and its name in that.
    package typealias Place = (folder: OpenFolder, name: String)

    /// - Returns: nil if there is no such folder.
    /// - Throws: `FileError` if a link, or something that is no folder, is on the way.
    package mutating func place(of key: String) throws -> Place? {
        try place(of: key) { try $0.folderIfThere($1) }
    }

    /// The same, but a link or a file on the way counts as no folder.
    mutating func placeIfReal(of key: String) throws -> Place? {
        do {
            return try place(of: key)
        } catch let error as FileError where [.tooManySymbolicLinkLevels, .notDirectory].contains(error.errno) {
            return nil
        }
    }

    /// The same, and makes what is missing.
    ///
    /// - Parameter mode: of the folders that are made.
    package mutating func made(for key: String, mode: FilePermissions) throws -> Place {
        let place = try place(of: key) { root, path in
            if let folder = try root.folderIfThere(path) { return folder }
            return try root.makeFolders(path, mode: mode)
        }
        // It was made if it was missing.
        guard let place else { throw FileError("open the folder of", root.path(key), .noSuchFileOrDirectory) }
        return place
    }

    private mutating func place(of key: String, _ find: (OpenFolder, String) throws -> OpenFolder?) throws -> Place? {
        guard let slash = key.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (root, key) }
        let (path, name) = (String(key[..<slash]), String(key[key.utf8.index(after: slash)...]))
        if let last, path.utf8.elementsEqual(lastKey.utf8) { return (last, name) }
        guard let folder = try find(root, path) else { return nil }
        (last, lastKey) = (folder, path)
        return (folder, name)
    }
}

extension OpenFolder {
    /// Makes a folder below this one, with those on the way to it. None of them may be a link.
    ///
    /// - Parameter mode: whatever this process's umask is. The kernel gives a folder the group of the one around it, if that
    ///   says so, and that stays.
    package func makeFolders(_ path: String, mode: FilePermissions) throws -> OpenFolder {
        var folder = self
        for part in path.split(separator: "/") {
            let isNew = try folder.makeFolder(String(part), mode: mode)
            folder = try folder.folder(String(part))
            if isNew { try folder.setMode(mode) }
        }
        return folder
    }
}
