internal import SystemPackage

/// Looks secrets up, and only when a run or a plan begins.
public enum SecretValues {
    /// Returns the values by name. One line break at a file's end is not part of the secret. If a variable is not set, a
    /// file does not exist, or either is empty, the secret's fallback takes its place.
    ///
    /// - Throws: `SecretMissing` for the first secret that is not available and has no fallback.
    public static func resolve(
        _ secrets: [SecretDeclaration], environment: [String: String], project: Project
    ) throws -> [String: String] {
        var values: [String: String] = [:]
        for secret in secrets {
            values[secret.name] = try value(of: secret, environment: environment, project: project)
        }
        return values
    }

    /// Returns the values that are available. A plan, or a process that continues a run, can do without some secrets.
    public static func available(
        _ secrets: [SecretDeclaration], environment: [String: String], project: Project
    ) -> [String: String] {
        var values: [String: String] = [:]
        for secret in secrets {
            values[secret.name] = try? value(of: secret, environment: environment, project: project)
        }
        return values
    }

    private static func value(
        of secret: SecretDeclaration, environment: [String: String], project: Project
    ) throws(SecretMissing) -> String {
        switch secret.source {
        case .environment(let variable):
            if let value = environment[variable], !value.isEmpty { return value }
            if let fallback = secret.fallback { return fallback }
            let reason = environment[variable] == nil ? "is not set" : "is empty"
            throw SecretMissing(
                secret.name, "the environment variable \(variable) \(reason)",
                help: "set \(variable) and run again\(orOptional(secret))")
        case .file(let text):
            let path = project.path(text)
            let help =
                "put the secret into \(path), readable by you alone (mode 600), and run again\(orOptional(secret))"
            let bytes: [UInt8]
            do {
                bytes = try DurableFile.read(path, limit: 65_536)
            } catch let error as FileError where error.errno == .noSuchFileOrDirectory && secret.fallback != nil {
                return secret.fallback ?? ""
            } catch let error as any DescribedError {
                throw SecretMissing(secret.name, error.message, help: help)
            } catch {
                throw SecretMissing(secret.name, "cannot read \(path): \(error)", help: help)
            }
            guard var value = String(validating: bytes, as: UTF8.self) else {
                throw SecretMissing(secret.name, "\(path) is not UTF-8 text", help: help)
            }
            if value.last?.isNewline == true { value.removeLast() }
            if !value.isEmpty { return value }
            if let fallback = secret.fallback { return fallback }
            throw SecretMissing(secret.name, "\(path) is empty", help: help)
        }
    }

    private static func orOptional(_ secret: SecretDeclaration) -> String {
        "; if the pipeline can do without it, declare `\(secret.name)` with `optional: true`"
    }
}

/// A secret that the pipeline names and the machine does not have.
public struct SecretMissing: DescribedError {
    public var name: String
    public var reason: String
    public var help: String?

    init(_ name: String, _ reason: String, help: String) {
        self.name = name
        self.reason = reason
        self.help = help
    }

    public var code: String { "missing-secret" }
    public var message: String { "the secret `\(name)` is not available: \(reason)" }
}
