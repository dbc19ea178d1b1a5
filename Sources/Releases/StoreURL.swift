internal import AWS
public import PipelineKit
internal import SystemPackage
internal import TextCoding

/// The place of a site's releases: a folder (`file:///srv/www/site`, `file:build/site`, or a plain path; relative ones
/// start at the project) or a bucket (`s3://bucket/prefix`).
public enum StoreURL: Hashable, Sendable {
    /// As it was given, decoded; may be relative.
    case folder(String)
    case bucket(name: String, prefix: String)

    /// - Throws: `StepError` `bad-store`, which names the reason.
    public init(_ text: String) throws {
        guard let colon = text.firstIndex(of: ":"), Self.isScheme(text[..<colon]) else {
            self = .folder(try Self.checked(path: text, in: text))
            return
        }
        let rest = text[text.index(after: colon)...]
        switch text[..<colon].lowercased() {
        case "file": self = .folder(try Self.path(afterScheme: rest, in: text))
        case "s3":
            let parts = rest.drop { $0 == "/" }.split(separator: "/")
            guard rest.hasPrefix("//"), let bucket = parts.first else {
                throw Self.wrong(text, "names no bucket", help: "write `s3://bucket/prefix`")
            }
            self = .bucket(name: String(bucket), prefix: parts.dropFirst().joined(separator: "/"))
        case let scheme:
            throw Self.wrong(
                text, "has the scheme `\(scheme):`, and stores are folders or buckets",
                help: "write `file:///srv/www/site` for a folder")
        }
    }

    /// Opens the store, without looking at anything in it yet.
    ///
    /// - Throws: for a bucket, `CredentialError` if AWS's settings cannot be read; `StepError` for an invalid region or
    ///   endpoint.
    public func open(in context: StepContext) async throws -> any ReleaseStore {
        switch self {
        case .folder(let path): return FolderStore(context.project.path(path))
        case .bucket(let name, let prefix):
            let client = try await context[AWSClientsKey.self].client(in: context)
            let deadline = context.leases.deadline(of: resource(in: context.project))
            return BucketStore(
                client.s3(name, prefix: prefix, until: deadline), prefix: prefix, clock: context.clock)
        }
    }

    /// Opens a store that must be a folder, because only a folder has a link that a web server follows.
    ///
    /// - Throws: `StepError` `not-a-folder-store`.
    public func openFolder(in project: Project) throws -> FolderStore {
        guard case .folder(let path) = self else {
            throw StepError(
                "not-a-folder-store", "\(described.asText) is a bucket, and has no link that a web server follows",
                help: "name a folder, such as `file:///srv/www/site`")
        }
        return FolderStore(project.path(path))
    }

    public var isFolder: Bool {
        if case .folder = self { true } else { false }
    }

    /// The resource that the lease is taken on: the store's one URL, however it was written.
    public func resource(in project: Project) -> Resource {
        switch self {
        case .folder(let path): FolderStore(project.path(path)).resource
        case .bucket(let name, let prefix): Resource(url: "s3://\(name)/\(prefix)")
        }
    }

    private static func isScheme(_ text: Substring) -> Bool {
        text.count > 1 && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "+-.".utf8.contains($0) }
    }

    private static func path(afterScheme rest: Substring, in text: String) throws -> String {
        var path = rest
        if rest.hasPrefix("//") {
            let host = rest.dropFirst(2).prefix { $0 != "/" }
            guard host.isEmpty || host == "localhost" else {
                throw wrong(
                    text, "names the host `\(host)`, and a folder store is on this machine",
                    help:
                        "write `file:///\(rest.dropFirst(2))` if it is a path, or `file:\(rest.dropFirst(2))` if relative"
                )
            }
            path = rest.dropFirst(2 + host.count)
        }
        guard !path.contains("?"), !path.contains("#") else {
            throw wrong(text, "contains `?` or `#`", help: "write `%3F` or `%23` for the character itself")
        }
        guard let decoded = PercentEncoding.decode(path) else {
            throw wrong(text, "contains a `%` without two hexadecimal digits", help: "write `%25` for a `%`")
        }
        return try checked(path: decoded, in: text)
    }

    private static func checked(path: String, in text: String) throws -> String {
        if path.isEmpty { throw wrong(text, "names no folder", help: "write `file:///srv/www/site`") }
        if path.contains("\0") { throw wrong(text, "contains a zero byte") }
        if path.hasPrefix("~") {
            throw wrong(text, "starts with `~`, which only a shell expands", help: "write the whole path")
        }
        if FilePath(path).lexicallyNormalized().string == "/" {
            throw wrong(text, "is the root of the file system", help: "give the store a folder of its own")
        }
        return path
    }

    private static func wrong(_ text: String, _ reason: String, help: String? = nil) -> StepError {
        StepError("bad-store", "`\(text)` cannot be a store: it \(reason)", help: help)
    }
}

extension StoreURL: OptionValue {
    /// What `init` accepts, and a little more: it does not look into `%` escapes or at `..`.
    private static var pattern: String {
        let bucket = "[sS]3:/{2,}(?=[^/])"
        let file = "[fF][iI][lL][eE]:(?!//(?!/|localhost(?:/|$)))(?=[^?#]+$)"
        let path = "(?![A-Za-z0-9.+-]{2,}:)(?![~]|/+$)"
        return "^(?:\(bucket)|\(file)|\(path))[\\s\\S]+$"
    }

    public static var shape: OptionShape {
        OptionShape(
            "a store such as `file:///srv/www/site` or `s3://bucket/site`",
            schema: ["type": ["string", "number", "boolean"], "pattern": .text(pattern)], accepts: [.text])
    }

    public static func read(_ node: Node, _ problems: ProblemList) -> StoreURL? {
        guard case .scalar(let text, plain: _) = node.content else {
            problems.add("expected \(shape.name), found \(node.describedKind)", at: node.mark)
            return nil
        }
        do {
            return try StoreURL(text)
        } catch let error as StepError {
            problems.add(error.message, at: node.mark, help: error.help)
        } catch {
            problems.add("\(error)", at: node.mark)
        }
        return nil
    }

    public var described: Value {
        switch self {
        case .folder(let path): .text(path)
        case .bucket(let name, let prefix): .text("s3://\(name)/\(prefix)")
        }
    }
}
