internal import Glibc
public import PipelineKit
internal import Synchronization
internal import SystemPackage

/// The place of a file whose bytes a release gets.
public struct AssetFile: Hashable, Sendable {
    /// Absolute.
    public var path: String
    /// The folder of the site that has it, without links in it; nil for a file of the run's own folder.
    public var site: String?

    public init(_ path: String, site: String?) {
        (self.path, self.site) = (path, site)
    }
}

/// Opens the files that a release is made of. Whoever hashes, compresses, compares, copies or sends one gets it here.
///
/// A file of a site is opened below the site's folder, which is held open, and without following a link: the scanner has
/// resolved the links that it follows. So nothing that is put in the place of a folder or file meanwhile leads out. A
/// file outside, to which a link of the site leads, is opened below `/` in the same way.
public final class SiteFiles: Sendable {
    private let folders = Mutex<[String: OpenFolder]>([:])

    public init() {}

    /// - Throws: `FileChanged` if a link, or something that is no folder, is on the way; `FileError`, also if it is not a
    ///   regular file.
    public func open(_ file: AssetFile) throws -> RegularFile {
        guard let site = file.site else { return try RegularFile(FilePath(file.path)) }
        do {
            let (folder, path) = Self.place(of: file.path, in: site)
            return try self.folder(folder).file(path)
        } catch let error as FileError where Self.tellsOfChange(error.errno) {
            throw FileChanged(path: file.path)
        }
    }

    /// - Returns: the folder below which it is opened, and its path below that.
    static func place(of path: String, in site: String) -> (folder: String, path: String) {
        let start = site == "/" ? site : site + "/"
        return path.startsWithBytes(of: start) ? (site, path.withoutStart(start)) : ("/", String(path.dropFirst()))
    }

    /// True if a path that had no link in it has one now, or leads through something else than folders.
    static func tellsOfChange(_ errno: Errno) -> Bool {
        [.tooManySymbolicLinkLevels, .improperLink, .notDirectory, .resourceTemporarilyUnavailable].contains(errno)
    }

    /// Holds a folder open from its first use on.
    ///
    /// - Parameter path: absolute, without links in it.
    func folder(_ path: String) throws -> OpenFolder {
        try folders.withLock { folders in
            if let folder = folders[path] { return folder }
            let root = try OpenFolder(FilePath("/"))
            let folder = path == "/" ? root : try root.folder(String(path.dropFirst()))
            folders[path] = folder
            return folder
        }
    }
}

extension Asset {
    /// The bytes that are stored.
    public var stored: AssetFile { AssetFile(path, site: original == nil || isGzipOfSite ? site : nil) }

    /// The file of the site, if what is stored is compressed.
    public var uncompressed: AssetFile? { original.map { AssetFile($0.path, site: site) } }

    /// The file that the site has under this key with `.gz` behind it.
    public var besideIt: AssetFile? { gzip.map { AssetFile($0, site: site) } }
}
