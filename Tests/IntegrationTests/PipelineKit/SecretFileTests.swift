import PipelineKit
import SystemPackage
import TestSupport
import Testing

@Suite struct SecretFileTests {
    private func resolve(_ name: String, in folder: TemporaryFolder) throws -> String? {
        let secrets = [SecretDeclaration(name: "key", source: .file(name))]
        return try SecretValues.resolve(secrets, environment: [:], project: Project(folder: folder.path))["key"]
    }

    @Test(arguments: [("a b\n", "a b"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a", "a")])
    func oneLineBreakAtTheEndIsNotPartOfIt(_ content: String, _ secret: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(content, to: "key")
        #expect(try resolve("key", in: folder) == secret)
        #expect(try resolve(folder["key"].string, in: folder) == secret)
    }

    @Test func aFallbackIsForAFileThatIsMissingOrEmptyAlone() throws {
        let folder = try TemporaryFolder()
        try folder.write("\n", to: "empty")
        try folder.write([0xFF], to: "binary")
        func optional(_ name: String) throws -> [String: String] {
            let secrets = [SecretDeclaration(name: "key", source: .file(name), fallback: "")]
            return try SecretValues.resolve(secrets, environment: [:], project: Project(folder: folder.path))
        }
        #expect(try optional("missing") == ["key": ""] && optional("empty") == ["key": ""])
        #expect(throws: SecretMissing.self) { try optional("binary") }
        #expect(throws: SecretMissing.self) { try optional(".") }
    }

    @Test func whatIsNotToBeHadNamesTheSecretAndTheFile() throws {
        let folder = try TemporaryFolder()
        try folder.write("\n", to: "empty")
        try folder.write([0xFF], to: "binary")
        for name in ["empty", "binary", "missing"] {
            let error = #expect(throws: SecretMissing.self) { try resolve(name, in: folder) }
            #expect(error?.name == "key")
            #expect(error?.reason.contains(folder[name].string) == true)
        }
    }
}
