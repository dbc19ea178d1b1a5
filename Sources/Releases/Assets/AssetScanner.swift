internal import Glibc
public import PipelineKit
public import SystemPackage

/// Walks a source folder and hands out its files in the order of their keys' bytes, one by one.
///
/// Links that stay in the folder are followed: a link to a file gives the file's bytes under the link's own key, and a
/// link to a folder gives that folder's files once more. A link that leads out of the folder is followed if the filter
/// says so. Otherwise it is an error that names it, as one that leads nowhere, into `.git`, or back to a folder that it
/// is in. The folder is held open, and what is in it is opened below it: a folder that is swapped for a link meanwhile is
/// an error. So is a pipe, socket or device, or a name that cannot be part of a key. What the filter leaves out is not
/// looked at.
///
/// It holds the names of the folders on the way to the current file. It belongs to the task that reads.
public final class AssetScanner {
    /// As it was given, for messages.
    private let root: FilePath
    /// Its path, without links in it; `start` has a `/` at its end.
    private let (site, start): (String, String)
    /// Opens the files that it hands out.
    public let files: SiteFiles
    private let filter: AssetFilter
    private var walk: FolderWalk
    /// What the names in the folders on the way to the current entry show. The prefix of the root is empty.
    private var folders: [(prefix: String, names: HashedNames.Folder)]
    /// Where the folders are to which the links on the way to the current entry lead, each with the key of the link and a
    /// `/`.
    private var linked: [(prefix: String, place: Place)] = []
    private var count = 0

    /// Where something is, after every link is resolved.
    private struct Place {
        /// Absolute.
        var path: String
        var isOutside: Bool
    }

    /// - Parameters:
    ///   - root: absolute.
    ///   - advice: if there is no such folder.
    /// - Throws: `StepError` `no-source` if it is not a folder, `FileError` if it cannot be read.
    public init(
        _ root: FilePath, _ filter: AssetFilter = AssetFilter(),
        ifMissing advice: @autoclosure () -> String = "build the site first, or correct `source`"
    ) throws {
        self.root = root
        self.filter = filter
        guard let real = Self.realPath(root.string) else {
            throw StepError(
                "no-source", "there is no source folder \(root)",
                help: advice())
        }
        guard try FileStatus.isFolder(root) else {
            throw StepError(
                "no-source", "the source \(root) is a file, and a site is a folder",
                help: "name the folder that holds the site's files in `source`")
        }
        (site, start) = (real, real == "/" ? real : real + "/")
        files = SiteFiles()
        let listing = try FolderListing(in: try files.folder(site), followsLinks: true)
        walk = FolderWalk(listing)
        folders = [("", HashedNames.Folder(listing.entries.lazy.map { listing.name(of: $0) }))]
    }

    /// The next file, or nil at the end.
    ///
    /// - Throws: `StepError` `nothing-to-deploy` at the end of a folder that has no file of the site.
    public func next() throws -> SourceFile? {
        while let entry = walk.next() {
            if let file = try visit(entry) {
                count += 1
                return file
            }
        }
        guard count > 0 else { throw NothingToDeploy(folder: root) }
        return nil
    }

    private func visit(_ entry: FolderWalk.Entry) throws -> SourceFile? {
        let (bytes, name, key) = (entry.bytes, entry.name, entry.key)
        switch entry.kind {
        case .folder, .linkToFolder:
            guard filter.entersFolder(key, named: name) else { return nil }
            try refuseBadName(bytes, key)
            try enter(entry)
            return nil
        case .file, .linkToFile, .danglingLink, .special:
            guard filter.takesFile(key, named: name) else { return nil }
            try refuseBadName(bytes, key)
        }
        switch entry.kind {
        case .linkToFile: return try file(key, at: try target(of: key))
        case .danglingLink:
            throw refusal("broken-link", key, "is a symbolic link that leads nowhere")
        case .special:
            throw refusal("special-file", key, "is a pipe, a socket or a device")
        default: return try file(key, at: place(of: key))
        }
    }

    /// Where an entry is that is no link itself.
    private func place(of key: String) -> Place {
        while let last = linked.last, !key.startsWithBytes(of: last.prefix) { linked.removeLast() }
        guard let last = linked.last else { return Place(path: start + key, isOutside: false) }
        return Place(path: last.place.path + "/" + key.withoutStart(last.prefix), isOutside: last.place.isOutside)
    }

    private func file(_ key: String, at place: Place) throws -> SourceFile {
        while folders.count > 1, !key.utf8.starts(with: folders[folders.count - 1].prefix.utf8) { folders.removeLast() }
        let isFingerprinted = HashedNames.contain(
            key, in: folders[folders.count - 1].names, below: folders.dropLast().last?.names)
        var file = SourceFile(key: key, path: place.path, site: site, isFingerprinted: isFingerprinted)
        if walk.listing?.hasCompressedFiles == true {
            file.gzip = try sibling(key + ".gz")
            file.isBesideOriginal = try [ContentCoding.original(of: key), ContentCoding.program(ofData: key)].contains {
                try $0.map { try sibling($0) != nil } ?? false
            }
        }
        if place.isOutside { file.pin = FilePin(try files.open(file.file).found) }
        return file
    }

    /// The path of a file of the site that is in the same folder as the current one; nil if there is none.
    private func sibling(_ key: String) throws -> String? {
        let name = key[
            (key.utf8.lastIndex(of: UInt8(ascii: "/")).map { key.utf8.index(after: $0) } ?? key.startIndex)...]
        guard let kind = walk.listing?.kind(ofFile: name.utf8), filter.takesFile(key, named: name) else { return nil }
        switch kind {
        case .file: return place(of: key).path
        case .linkToFile: return try target(of: key).path
        default: return nil
        }
    }

    private func enter(_ folder: FolderWalk.Entry) throws {
        let isLink = folder.kind == .linkToFolder
        let place = isLink ? try target(of: folder.key) : place(of: folder.key)
        let listing = try listing(of: place)
        if place.isOutside, let repository = try Self.repository(around: place.path) {
            throw refusal(
                "link-into-git", folder.key, "is the git repository \(repository), which is not part of a site")
        }
        guard !walk.isInside(listing.identity) else {
            throw refusal("link-loop", folder.key, "is a symbolic link to a folder that it lies in itself")
        }
        walk.enter(folder, listing)
        let prefix = folder.key + "/"
        if isLink { linked.append((prefix, place)) }
        while folders.count > 1, !prefix.utf8.starts(with: folders[folders.count - 1].prefix.utf8) {
            folders.removeLast()
        }
        folders.append((prefix, HashedNames.Folder(listing.entries.lazy.map { listing.name(of: $0) })))
    }

    private func listing(of place: Place) throws -> FolderListing {
        let (folder, path) = SiteFiles.place(of: place.path, in: site)
        do {
            return try FolderListing(path.isEmpty ? "." : path, in: try files.folder(folder), followsLinks: true)
        } catch let error as FileError where SiteFiles.tellsOfChange(error.errno) {
            // What was a folder when it was listed has become a link or a file.
            throw FileChanged(path: place.path)
        }
    }

    /// What a link leads to.
    private func target(of key: String) throws -> Place {
        guard let real = Self.realPath(place(of: key).path) else {
            throw refusal("broken-link", key, "is a symbolic link that leads nowhere")
        }
        let isOutside = !(real + "/").startsWithBytes(of: start)
        let parts = isOutside ? real[...] : real.dropFirst(start.count)
        if let part = parts.split(separator: "/").first(where: AssetFilter.isNoPart) {
            let name = part == ".runner" ? "runner" : "git"
            throw refusal("link-into-\(name)", key, "is a symbolic link into a `\(part)`, which is not part of a site")
        }
        guard !isOutside || filter.followsLinksOut else {
            throw refusal(
                "link-out-of-site", key, "is a symbolic link out of the site, to \(real)",
                help: "take it out of the site, set `follow-links: true` to deploy what it leads to")
        }
        if let repository = try Self.repository(around: real, below: isOutside ? "/" : start) {
            throw refusal(
                "link-into-git", key,
                "is a symbolic link into the git repository \(repository), which is not part of a site")
        }
        return Place(path: real, isOutside: isOutside)
    }

    /// The nearest folder around a path, or the path itself, that git takes for a repository, whatever its name is.
    ///
    /// - Parameter top: ends with `/`; only what is below it counts.
    private static func repository(around path: String, below top: String = "/") throws -> String? {
        var path = path[...]
        while path.utf8.count > top.utf8.count {
            let folder = FilePath(String(path))
            if try ["HEAD", "objects", "refs"].allSatisfy({ try FileStatus.exists(folder.appending($0)) }) {
                return String(path)
            }
            path = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        }
        return nil
    }

    private func refuseBadName(_ name: ArraySlice<UInt8>, _ key: String) throws {
        let reason: String? =
            if !name.elementsEqual(String(decoding: name, as: UTF8.self).utf8) {
                "has a name that is not UTF-8"
            } else if name.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
                "has a control character in its name"
            } else if name.contains(UInt8(ascii: "\\")) {
                "has a backslash in its name, which browsers turn into a `/`"
            } else {
                nil
            }
        guard let reason else { return }
        let shown = key.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? $0.escaped(asASCII: true) : "\($0)" }
        throw refusal("bad-file-name", shown.joined(), reason, help: "rename it")
    }

    private func refusal(_ code: String, _ key: String, _ reason: String, help: String? = nil) -> StepError {
        StepError(
            code, "`\(key)` in \(root) \(reason)",
            help: help.map { "\($0), or leave it out with `exclude: [\"\(key)\"]`" }
                ?? "take it out of the site, or leave it out with `exclude: [\"\(key)\"]`")
    }

    private static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}

/// A site's folder that has nothing to deploy.
public struct NothingToDeploy: DescribedError {
    public let folder: FilePath

    public var code: String { "nothing-to-deploy" }
    public var message: String {
        "nothing to deploy in \(folder): the folder is empty, or `include` and `exclude` leave no file"
    }
    public var help: String? { "build the site first, and check `source`, `include` and `exclude`" }
}
