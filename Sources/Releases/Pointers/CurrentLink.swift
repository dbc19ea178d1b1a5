internal import Glibc
public import PipelineKit
public import SystemPackage
internal import TextCoding

/// The symbolic link in a folder store that decides which release a web server serves. Before the first deploy it may
/// lead anywhere.
///
/// It is replaced atomically, by one `rename`: whoever looks sees the old target or the new one, never none.
public struct CurrentLink: Sendable {
    public let path: FilePath
    private let store: FolderStore

    public init(of store: FolderStore, name: String) {
        self.store = store
        path = store.root.appending(name)
    }

    /// What it holds; nil if there is no link.
    ///
    /// - Throws: `NotALink` if a real folder or file is in its place; `StepError` `link-loop` if it leads back to itself.
    public func text() throws -> LinkText? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { readlink(path.string, $0, text.count) } ?? -1
            }
        }
        if count >= 0 {
            try refuseLoop()
            return LinkText(Array(buffer[..<count]))
        }
        switch errno {
        case ENOENT: return nil
        case EINVAL: throw try notALink()
        default: throw FileError.last("read the link", path)
        }
    }

    /// - Throws: `StepError` `link-loop` if it leads back to itself.
    func refuseLoop() throws {
        do {
            _ = try FileStatus.of(path, followingLinks: true)
        } catch let error as FileError where error.errno == .tooManySymbolicLinkLevels {
            throw StepError(
                "link-loop", "\(path) is a symbolic link that leads back to itself, and to no release",
                help: "remove it, and run again: `rm \(ShellWord.quoted(path.string))`; the link is then made")
        } catch {
            // What it leads to is looked at by whoever needs it.
        }
    }

    /// The release whose folder a link with this text leads to, however it is written; nil if it leads elsewhere or
    /// deeper.
    public func release(at text: LinkText) throws -> ReleaseVersion? {
        let target = destination(of: text).lexicallyNormalized()
        if target.removingLastComponent() == releases { return target.lastComponent.flatMap(Self.version) }
        let inside = try pathBelowReleases(text)
        return inside?.components.count == 1 ? inside?.components.first.flatMap(Self.version) : nil
    }

    /// True if there is anything at the place that a link with this text leads to.
    public func leadsSomewhere(_ text: LinkText) throws -> Bool {
        let destination = destination(of: text)
        do {
            return try FileStatus.of(destination, followingLinks: true) != nil
        } catch let error as FileError where error.errno == .tooManySymbolicLinkLevels {
            return false
        }
    }

    /// The release that is served through it, even if it leads deeper into one.
    func servedRelease() throws -> ReleaseVersion? {
        let text: LinkText?
        do {
            text = try self.text()
        } catch is NotALink {
            // A real folder or file is served itself.
            return nil
        }
        guard let text else { return nil }
        return try release(at: text) ?? pathBelowReleases(text)?.components.first.flatMap(Self.version)
    }

    private var releases: FilePath { store.root.appending("releases") }

    private static func version(_ name: FilePath.Component) -> ReleaseVersion? { try? ReleaseVersion(name.string) }

    /// - Returns: nil if it leads out of the releases or nowhere.
    private func pathBelowReleases(_ text: LinkText) throws -> FilePath? {
        guard var rest = try Self.resolved(destination(of: text)), let base = try Self.resolved(releases),
            rest.removePrefix(base)
        else { return nil }
        return rest
    }

    /// - Returns: nil if there is nothing.
    private static func resolved(_ path: FilePath) throws -> FilePath? {
        guard let text = path.withPlatformString({ realpath($0, nil) }) else {
            if [ENOENT, ENOTDIR, ELOOP].contains(errno) { return nil }
            throw FileError.last("resolve", path)
        }
        defer { free(text) }
        return FilePath(platformString: text)
    }

    private func destination(of text: LinkText) -> FilePath {
        store.root.pushing(FilePath(platformString: text.platformString))
    }

    private func notALink() throws -> NotALink {
        func word(_ path: FilePath) -> String { ShellWord.quoted(path.string) }
        guard try FileStatus.isFolder(path) else {
            return NotALink(
                message: "\(path) is a file, and must be a symbolic link to a release",
                help:
                    "move it away (`mv \(word(path)) \(word(path.appendingSuffix(".before")))`) and run again: the link is "
                    + "then made")
        }
        if try DurableFile.entries(of: path).isEmpty {
            return NotALink(
                message: "\(path) is an empty folder, and must be a symbolic link to a release",
                help: "remove it (`rmdir \(word(path))`) and run again: the link is then made")
        }
        // A link cannot be renamed over a folder: while one replaced the other, visitors would for a moment find
        // neither.
        let link = try Self.unused(store.root.appending((path.lastComponent?.string ?? "current") + "-link"))
        let copy = try Self.unused(releases.appending("before"))
        let (name, copyName) = (link.lastComponent?.string ?? "", copy.lastComponent?.string ?? "")
        return NotALink(
            message: "\(path) is a real folder, and must be a symbolic link to a release",
            help: "make a release of it: `mkdir -p \(word(releases)) && cp -a \(word(path)) \(word(copy)) && "
                + "ln -s releases/\(copyName) \(word(link))`; let the web server read \(link) instead, and set "
                + "`current: \(name)`: visitors always find a site")
    }

    /// The path, or the first of `path-2`, `path-3`, … that does not exist.
    private static func unused(_ path: FilePath) throws -> FilePath {
        var (candidate, number) = (path, 1)
        while try FileStatus.exists(candidate) {
            number += 1
            candidate = path.appendingSuffix("-\(number)")
        }
        return candidate
    }

    /// Points it at a release; durable when this returns.
    ///
    /// - Parameter token: makes the temporary name of the new link this run's own.
    public func point(at version: ReleaseVersion, token: String) throws {
        try point(at: LinkText("releases/\(version)"), token: token)
    }

    /// Makes it a link with this text; durable when this returns.
    ///
    /// - Parameter token: as for `point(at:token:)`.
    public func point(at text: LinkText, token: String) throws {
        let name = path.lastComponent?.string ?? "current"
        let safe = String(token.unicodeScalars.map { $0.isASCIIAlphanumeric ? Character($0) : "-" }.prefix(64))
        let temporary = store.root.appending(".\(name).\(safe).tmp")
        removeLeftovers(of: name)
        guard symlink(text.platformString, temporary.string) == 0 else {
            throw FileError.last("make the link", temporary)
        }
        do {
            try DurableFile.rename(temporary, to: path)
        } catch {
            unlink(temporary.string)
            throw error
        }
        try DurableFile.syncFolder(of: path)
    }

    /// Removes temporary links that were never moved into place. Whoever points the link has the store's lease, so the
    /// runs that left them are over. If tidying up fails, the link is pointed nevertheless.
    private func removeLeftovers(of name: String) {
        let (start, end) = (".\(name).", ".tmp")
        for entry in (try? DurableFile.entries(of: store.root)) ?? [] where entry.hasPrefix(start) {
            let token = entry.dropFirst(start.count).dropLast(end.count)
            // No dot: `.current.eu.….tmp` belongs to a link named `current.eu`.
            guard entry.hasSuffix(end), entry.count > start.count + end.count, !token.contains(".") else { continue }
            let path = store.root.appending(entry)
            if let status = try? FileStatus.of(path), status.st_mode & S_IFMT == S_IFLNK { unlink(path.string) }
        }
    }

    /// Removes the link. Only for a link that this run has made.
    public func remove() throws {
        guard unlink(path.string) == 0 || errno == ENOENT else {
            throw FileError.last("remove", path)
        }
        try DurableFile.syncFolder(of: path)
    }
}

/// A real folder or file is in the place of a symbolic link.
public struct NotALink: DescribedError {
    public let message: String
    public let help: String?

    public var code: String { "not-a-link" }
}
