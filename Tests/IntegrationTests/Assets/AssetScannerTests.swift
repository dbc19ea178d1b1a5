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

    /// What is outside is known by device, inode, size and time from the moment in which it was listed.
    @Test func linksOutOfTheSiteAreFollowedIfToldSo() throws {
        try folder.write("x", to: "site/a.html")
        try folder.write("shared", to: "shared/logo.svg")
        try folder.write("deep", to: "shared/deep/b.css")
        link("logo.svg", to: "../shared/logo.svg")
        link("common", to: "../shared")
        let filter = AssetFilter(followsLinksOut: true)
        let expected = ["a.html", "common/deep/b.css", "common/logo.svg", "logo.svg"]
        #expect(try keys(filter) == expected)
        let scanner = try AssetScanner(folder["site"], filter)
        var files: [SourceFile] = []
        while let file = try scanner.next() { files.append(file) }
        #expect(files[1].path == folder["shared/deep/b.css"].string)
        let digester = FileDigester()
        for file in files { _ = try digester.asset(of: file) }
        // Another file of the same size, in the place of the one that was listed.
        try folder.write("secret", to: "secret")
        #expect(rename(folder["secret"].string, folder["shared/logo.svg"].string) == 0)
        #expect(throws: FileChanged.self) { try digester.asset(of: files[2]) }
        #expect(throws: FileChanged.self) { try digester.asset(of: files[3]) }
        _ = try digester.asset(of: files[1])
    }

    /// Not by an absolute path, nor through another link, nor where `.git` is a file, as in a linked work tree, or a link
    /// itself.
    @Test(arguments: ["absolute", "through a link", "through a folder's link", "a file", "a link", "bare"])
    func noWayLeadsIntoTheSitesOwnRepository(_ way: String) throws {
        try folder.write("x", to: "site/a.html")
        for name in ["HEAD", "objects/x", "refs/x", "config"] { try folder.write("secret", to: "repository/\(name)") }
        let git = folder["site/.git"].string
        switch way {
        case "a file": try folder.write("gitdir: \(folder["repository"])", to: "site/.git")
        case "a link": try #require(symlink(folder["repository"].string, git) == 0)
        case "bare":
            try #require(rename(folder["repository"].string, folder["site/inside"].string) == 0)
            try #require(symlink("inside", git) == 0)
        default: try #require(rename(folder["repository"].string, git) == 0)
        }
        switch way {
        case "absolute": link("linked", to: git + "/config")
        case "through a link":
            link("first", to: ".git/config")
            link("linked", to: "first")
        case "through a folder's link":
            try folder.write("x", to: "site/sub/b.html")
            link("sub/up", to: "../.git")
            link("linked", to: "sub/up/config")
        case "bare": link("linked", to: ".git/config")
        case "a link": link("linked", to: ".git/config")
        default: link("linked", to: ".git")
        }
        for filter in [AssetFilter(), AssetFilter(followsLinksOut: true)] {
            let code = errorCode(filter)
            #expect(
                code == "link-into-git" || way == "a link" && code == "link-out-of-site", "\(way): \(code ?? "none")")
        }
    }

    private func errorCode(_ filter: AssetFilter) -> String? {
        do {
            _ = try keys(filter)
            return nil
        } catch {
            return (error as? any DescribedError)?.code
        }
    }

    /// Whoever may write a link into the site must not publish the repository's history, nor a runner's records.
    @Test(arguments: [".git/config", ".git", "sub/.git/objects", ".runner/runs"])
    func linksIntoTheRepositoryAreNeverFollowed(target: String) throws {
        try folder.write("x", to: "site/a.html")
        for place in ["site", "project"] {
            for name in [".git/config", "sub/.git/objects/x", ".runner/runs/x"] {
                try folder.write("x", to: "\(place)/\(name)")
            }
        }
        for way in ["", "../project/"] {
            link("linked", to: way + target)
            let refused = error(AssetFilter(followsLinksOut: true))
            #expect(refused?.code == (target.contains(".git") ? "link-into-git" : "link-into-runner"))
            #expect(refused?.message.contains("`linked`") == true)
            unlink(folder["site/linked"].string)
        }
    }

    @Test func compressedFilesAreKnownByTheirNeighbours() throws {
        try folder.write([0x1F, 0x8B, 8], to: "site/a.js.gz")
        try folder.write("no gzip", to: "site/f.js.gz")
        for name in ["Build/game.wasm.gz", "Build/game.data.gz", "iris.data.gz"] {
            try folder.write([0x1F, 0x8B, 8], to: "site/\(name)")
        }
        for name in [
            "a.js", "a.js.br", "f.js", "b.css.gz", "c/a.js", "list.txt", "list.txt.gz", "d.js", "d.js.gz/x",
        ] {
            try folder.write("x", to: "site/\(name)")
        }
        func files(_ filter: AssetFilter = AssetFilter()) throws -> [String: Asset] {
            let (scanner, digester) = (try AssetScanner(folder["site"], filter), FileDigester())
            var files: [String: Asset] = [:]
            while let file = try scanner.next() { files[file.key] = try digester.asset(of: file) }
            return files
        }
        let all = try files()
        #expect(all["a.js"]?.gzip == folder["site/a.js.gz"].string && all["c/a.js"]?.gzip == nil)
        #expect(all["d.js"]?.gzip == nil)
        #expect(all["a.js.gz"]?.contentEncoding == "gzip" && all["a.js.br"]?.contentEncoding == "br")
        #expect(all["a.js.br"]?.contentType == "text/javascript")
        // Its name says that it is one, and its bytes say that it is none.
        #expect(all["f.js.gz"]?.contentEncoding == nil && all["f.js.gz"]?.contentType == "application/gzip")
        #expect(all["b.css.gz"]?.contentEncoding == nil && all["b.css.gz"]?.contentType == "application/gzip")
        #expect(all["list.txt.gz"]?.contentEncoding == nil && all["list.txt"]?.gzip != nil)
        // A game's, and somebody's table.
        #expect(all["Build/game.data.gz"]?.contentEncoding == "gzip")
        #expect(all["iris.data.gz"]?.contentEncoding == nil)
        // What is no file of the site is not its compressed form.
        #expect(try files(AssetFilter(exclude: [Glob("*.gz")]))["a.js"]?.gzip == nil)
    }

    /// A repository need not be named `.git`.
    @Test(arguments: ["", "/refs"])
    func linksIntoARepositoryOfAnyNameAreNeverFollowed(place: String) throws {
        try folder.write("x", to: "site/a.html")
        for name in ["HEAD", "objects/x", "refs/x"] { try folder.write("x", to: "store/project/\(name)") }
        let filter = AssetFilter(followsLinksOut: true)
        link("data", to: "../store/project\(place)")
        #expect(error(filter)?.code == "link-into-git")
        unlink(folder["site/data"].string)
        // Nor one that is found on the way.
        link("data", to: "../store")
        #expect(error(filter)?.code == "link-into-git")
        #expect(error(filter)?.message.contains("`data/project`") == true)
    }

    @Test func textThatIsNotUTF8HasNoCharacterSet() throws {
        try folder.write([0x82, 0xA0, 0x82, 0xA2], to: "site/sjis.html")
        try folder.write("ä", to: "site/utf8.html")
        try folder.write([0xFF, 0x00], to: "site/a.png")
        try folder.write("export type A = string", to: "site/a.d.ts")
        try folder.write([0x47, 0x40, 0x00, 0x10, 0xFF], to: "site/clip.ts")
        let (scanner, digester) = (try AssetScanner(folder["site"]), FileDigester())
        var types: [String: String] = [:]
        while let file = try scanner.next() { types[file.key] = try digester.asset(of: file).contentType }
        let expected = [
            "sjis.html": "text/html", "utf8.html": "text/html; charset=utf-8", "a.png": "image/png",
            "a.d.ts": "text/typescript; charset=utf-8", "clip.ts": "video/mp2t",
        ]
        #expect(types == expected)
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
