import Glibc
import PipelineKit
import Releases
import SystemPackage
import TestSupport
import Testing

@Suite struct AssetScannerTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func keys(_ filter: AssetFilter = AssetFilter(), in name: String = "site") throws -> [String] {
        let scanner = try AssetScanner(folder[name], filter)
        var keys: [String] = []
        while let file = try scanner.next() { keys.append(file.key) }
        return keys
    }

    private func error(_ filter: AssetFilter = AssetFilter(), in name: String = "site") -> (any DescribedError)? {
        let error = #expect(throws: (any Error).self) { try keys(filter, in: name) }
        return error as? any DescribedError
    }

    private func link(_ name: String, to target: String) {
        #expect(symlink(target, folder["site"].appending(name).string) == 0)
    }

    @Test func keysComeInTheOrderOfTheirBytes() throws {
        let names = ["a/b", "a-b", "a.txt", "a0", "B", "b", "a/b-c/d", "a/b.c", "é", "z/ü", "z/z/z/z", "~x"]
        for name in names { try folder.write("x", to: "site/\(name)") }
        #expect(try keys() == names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
    }

    @Test func hiddenFilesArePartAndLeftoversAreNot() throws {
        let kept = [".htaccess", ".well-known/security.txt", "#", "#a", "a.swp", "git/.gitignore", "index.html"]
        let leftOut = [
            ".git/config", "sub/.git/HEAD", "module/.git", ".runner/runs/1/journal.jsonl", ".DS_Store", "sub/Thumbs.db",
            "a.html~", ".a.html.swp", "#a.html#", ".#a.html", ".a~",
        ]
        for name in kept + leftOut { try folder.write("x", to: "site/\(name)") }
        #expect(try keys().sorted() == kept.sorted())
    }

    @Test func patternsDecideByTheKey() throws {
        for name in ["a.html", "a.map", "js/a.js", "js/a.map", "private/b/c.html", "private.html"] {
            try folder.write("x", to: "site/\(name)")
        }
        let include = try [Glob("**/*.html"), Glob("js/**")]
        let exclude = try [Glob("**/*.map"), Glob("private/**")]
        #expect(try keys(AssetFilter(include: include, exclude: exclude)) == ["a.html", "js/a.js", "private.html"])
        #expect(try keys(AssetFilter(exclude: exclude)) == ["a.html", "js/a.js", "private.html"])
    }

    @Test func linksInsideTheSiteAreFollowed() throws {
        try folder.write("x", to: "site/v2/docs/a.html")
        link("latest", to: "v2")
        link("home.html", to: "v2/docs/a.html")
        #expect(try keys() == ["home.html", "latest/docs/a.html", "v2/docs/a.html"])
        let first = try AssetScanner(folder["site"]).next()
        #expect(first?.path == folder["site/v2/docs/a.html"].string)
    }

    @Test func theSourceItselfMayBeALink() throws {
        try folder.write("x", to: "site/a.html")
        link("self.html", to: "a.html")
        #expect(symlink("site", folder["public"].string) == 0)
        #expect(try keys(in: "public") == ["a.html", "self.html"])
    }

    @Test func linksOutOfTheSiteAreRefused() throws {
        try folder.write("x", to: "site/a.html")
        try folder.write("secret", to: "site-secret/key")
        link("key", to: "../site-secret/key")
        #expect(error()?.code == "link-out-of-site")
        #expect(error()?.message.contains("`key`") == true)
        #expect(try keys(AssetFilter(exclude: [Glob("key")])) == ["a.html"])
        unlink(folder["site/key"].string)
        link("folder", to: folder["site-secret"].string)
        #expect(error()?.code == "link-out-of-site")
        #expect(try keys(AssetFilter(exclude: [Glob("folder/**")])) == ["a.html"])
    }

    @Test func linksThatLeadNowhereOrRoundAreRefused() throws {
        try folder.write("x", to: "site/sub/a.html")
        link("gone", to: "missing")
        #expect(error()?.code == "broken-link")
        unlink(folder["site/gone"].string)
        link("self", to: "self")
        #expect(error()?.code == "broken-link")
        unlink(folder["site/self"].string)
        link("sub/up", to: "..")
        #expect(error()?.code == "link-loop")
        #expect(error()?.message.contains("`sub/up`") == true)
    }

    @Test func specialFilesAreRefused() throws {
        try folder.write("x", to: "site/a.html")
        #expect(mkfifo(folder["site/pipe"].string, 0o600) == 0)
        #expect(error()?.code == "special-file")
        link("to-device", to: "/dev/null")
        #expect(error()?.code == "special-file")
    }

    @Test(arguments: [Array("a\nb".utf8), Array("a\\b".utf8), [0x61, 0xFF], [0x61, 0x7F], [0x1B, 0x61]])
    func namesThatCanBeNoKeyAreRefused(name: [UInt8]) throws {
        try folder.write("x", to: "site/a.html")
        let bytes =
            folder["site"].string.utf8.map { CChar(bitPattern: $0) } + [0x2F] + name.map { CChar(bitPattern: $0) }
        let descriptor = open(bytes + [0], O_CREAT | O_WRONLY, 0o600)
        #expect(descriptor >= 0)
        close(descriptor)
        #expect(error()?.code == "bad-file-name")
        #expect(error()?.message.unicodeScalars.contains { $0.value < 0x20 } == false)
    }

    @Test func aMissingEmptyOrWrongSourceSaysSo() throws {
        #expect(error(in: "missing")?.code == "no-source")
        try folder.write("x", to: "file")
        #expect(error(in: "file")?.message.contains("is a file") == true)
        try folder.write("x", to: "site/.git/config")
        #expect(error()?.code == "nothing-to-deploy")
    }
}
