internal import Glibc
internal import PipelineKit
public import SystemPackage

/// The symbolic link in a folder store that decides which release a web server serves.
///
/// It is replaced by one `rename`: whoever looks sees the old target or the new one, and never none.
public struct CurrentLink: Sendable {
    public let path: FilePath
    private let store: FolderStore

    public init(of store: FolderStore, name: String) {
        self.store = store
        path = store.root.appending(name)
    }

    /// The release it is at; nil where there is no link.
    ///
    /// - Throws: `StepError` `not-a-link` or `foreign-link` where something else stands in its place.
    public func target() throws -> ReleaseVersion? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { readlink(path.string, $0, text.count) } ?? -1
            }
        }
        guard count >= 0 else {
            switch errno {
            case ENOENT: return nil
            case EINVAL:
                throw StepError(
                    "not-a-link", "\(path) is a real folder or file, and must be a symbolic link to a release",
                    help: "move it away (`mv \(path) \(path).before`) and run again; the link is then made")
            default: throw FileError("read the link", path, Errno(rawValue: errno))
            }
        }
        let text = String(decoding: buffer[..<count], as: UTF8.self)
        let target = store.root.pushing(FilePath(text)).lexicallyNormalized()
        guard target.removingLastComponent() == store.root.appending("releases"),
            let name = target.lastComponent?.string, let version = try? ReleaseVersion(name)
        else {
            throw StepError(
                "foreign-link", "\(path) leads to `\(text)`, which is no release of the store \(store.root)",
                help: "give another name with `current`, or remove the link (`rm \(path)`) and run again")
        }
        return version
    }

    /// The release that is served through it, also where it leads into one in an unusual way.
    func servedRelease() throws -> ReleaseVersion? {
        if let version = try? target() { return version }
        let releases = store.root.appending("releases")
        guard var rest = try Self.resolved(path), let base = try Self.resolved(releases), rest.removePrefix(base)
        else { return nil }
        return rest.components.first.flatMap { try? ReleaseVersion($0.string) }
    }

    /// - Returns: nil where there is nothing.
    private static func resolved(_ path: FilePath) throws -> FilePath? {
        guard let text = realpath(path.string, nil) else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw FileError("resolve", path, Errno(rawValue: errno))
        }
        defer { free(text) }
        return FilePath(platformString: text)
    }

    /// Points it at a release; durable when this returns.
    ///
    /// - Parameter token: makes the name of the new link, before it is moved into place, this run's own.
    public func point(at version: ReleaseVersion, token: String) throws {
        let name = path.lastComponent?.string ?? "current"
        let safe = String(token.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }.prefix(64))
        let temporary = store.root.appending(".\(name).\(safe).tmp")
        removeLeftovers(of: name)
        guard symlink("releases/\(version)", temporary.string) == 0 else {
            throw FileError("make the link", temporary, Errno(rawValue: errno))
        }
        do {
            try DurableFile.rename(temporary, to: path)
        } catch {
            unlink(temporary.string)
            throw error
        }
        try DurableFile.syncFolder(of: path)
    }

    /// Removes new links that were never moved into place: whoever points the link has the store's lease, so that the
    /// runs that left them are over. A failure to tidy up is no reason not to point it.
    private func removeLeftovers(of name: String) {
        let (start, end) = (".\(name).", ".tmp")
        for entry in (try? DurableFile.entries(of: store.root)) ?? [] where entry.hasPrefix(start) {
            let token = entry.dropFirst(start.count).dropLast(end.count)
            // No dot: `.current.eu.….tmp` is of a link named `current.eu`.
            guard entry.hasSuffix(end), entry.count > start.count + end.count, !token.contains(".") else { continue }
            let path = store.root.appending(entry)
            var status = stat()
            if lstat(path.string, &status) == 0, status.st_mode & S_IFMT == S_IFLNK { unlink(path.string) }
        }
    }

    /// Only for a link that this run has made where there was none.
    public func remove() throws {
        guard unlink(path.string) == 0 || errno == ENOENT else {
            throw FileError("remove", path, Errno(rawValue: errno))
        }
        try DurableFile.syncFolder(of: path)
    }
}
