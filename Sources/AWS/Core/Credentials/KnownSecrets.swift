internal import Glibc
internal import PipelineKit
public import SystemPackage

/// The secrets of AWS that a process has before it asks any service for some. They are masked unasked.
public enum KnownSecrets {
    /// In characters. Test servers take keys such as `test`: masking those would make their logs unreadable.
    static let leastLength = 8

    private static let variables =
        [
            "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        ] + WebIdentityCredentials.tokenVariables
    private static let files = ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
    private static let settings = [
        ("AWS_CONFIG_FILE", ".aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
    ]
    private static let keys = ["aws_secret_access_key", "aws_session_token"]

    /// Those of the environment, of the files that it names, and of every profile of the user's. A file that cannot be read
    /// has none.
    ///
    /// - Parameter folder: where relative paths start.
    public static func of(_ environment: [String: String], in folder: FilePath) -> [String] {
        let value = { (name: String) in environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        var found = variables.compactMap(value)
        for path in files.compactMap(value) {
            found +=
                text(of: path, environment, folder).map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
                ?? []
        }
        for (name, usual) in settings {
            guard let path = value(name) ?? value("HOME").map({ $0 + "/" + usual }) else { continue }
            for section in text(of: path, environment, folder).map({ ConfigFile($0).sections }) ?? [] {
                found += keys.compactMap { section.values[$0] }
            }
        }
        return found.filter { $0.count >= leastLength }
    }

    private static func text(of path: String, _ environment: [String: String], _ folder: FilePath) -> String? {
        var path = path
        if path.hasPrefix("~/"), let home = environment["HOME"] { path = home + path.dropFirst() }
        let file = Project(folder: folder).path(path)
        // Another kind of file may have no end, or nobody who writes it.
        guard let status = try? FileStatus.of(file, followingLinks: true), status.st_mode & S_IFMT == S_IFREG,
            let bytes = try? DurableFile.read(file, limit: 4 << 20)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
