import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

@testable import Releases

/// What walks through a folder give, and what they refuse.
@Suite struct FolderWalkTests {
    private let folder: TemporaryFolder
    private var root: FilePath { folder["walk"] }

    init() throws {
        folder = try TemporaryFolder()
        for name in ["a/x", "a-b", "a.css", "a/y/z", "é"] { try folder.write(name, to: "walk/" + name) }
    }

    private func makeEmptyFolder() {
        for name in ["b", "b/empty"] { #expect(mkdir(root.appending(name).string, 0o755) == 0) }
    }

    private func entries(
        _ enters: @escaping (String, String) -> Bool = { _, _ in true }
    ) throws -> [String] {
        var walk = try EntryWalk(OpenFolder(root), enters: enters)
        var entries: [String] = []
        while let entry = try walk.next() { entries.append("\(entry.key) \(entry.kind)") }
        return entries
    }

    private func files() throws -> [StoredFile] {
        var walk = try StoredFileWalk(OpenFolder(root))
        var files: [StoredFile] = []
        while let file = try walk.next() { files.append(file) }
        return files
    }

    @Test func entriesComeInTheOrderOfTheirKeys() throws {
        makeEmptyFolder()
        #expect(symlink("a", root.appending("c").string) == 0)
        try folder.write("x", to: "walk/c-d")
        #expect(symlink("nowhere", root.appending("a0").string) == 0)
        #expect(mkfifo(root.appending("pipe").string, 0o600) == 0)
        // A link to a folder is no folder: its key has no `/` at its end.
        #expect(
            try entries() == [
                "a-b file", "a.css file", "a/x file", "a/y/z file", "a0 link", "b/empty/ emptyFolder", "c link",
                "c-d file", "pipe special", "é file",
            ])
        #expect(
            try entries { key, name in key != "a/y" && name != "b" } == [
                "a-b file", "a.css file", "a/x file", "a0 link", "c link", "c-d file", "pipe special", "é file",
            ])
    }

    @Test func aReleaseHasFilesAlone() throws {
        makeEmptyFolder()
        #expect(try files().map(\.key) == ["a-b", "a.css", "a/x", "a/y/z", "é"])
        #expect(try files().map(\.size) == [3, 5, 3, 5, 2])
        #expect(symlink("a-b", root.appending("a/link").string) == 0)
        let link = #expect(throws: StepError.self) { try files() }
        #expect(link?.code == "strange-file" && link?.message.hasPrefix("\(root)/a/link ") == true)
        unlink(root.appending("a/link").string)
        #expect(mkfifo(root.appending("pipe").string, 0o600) == 0)
        let pipe = #expect(throws: StepError.self) { try files() }
        #expect(pipe?.code == "strange-file")
    }

    /// It is refused before anything of its folder is given, so a deletion has touched nothing beside it.
    @Test func aNameThatIsNotUTF8IsRefusedWithItsFolder() throws {
        let path = Array((root.string + "/a/zz").utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
        let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
        #expect(descriptor >= 0)
        close(descriptor)
        var walk = try EntryWalk(OpenFolder(root))
        #expect(try walk.next()?.key == "a-b")
        #expect(try walk.next()?.key == "a.css")
        let error = #expect(throws: StepError.self) { try walk.next() }
        #expect(error?.code == "bad-name" && error?.message.hasPrefix("\(root)/a holds a name") == true)
    }

    @Test func aFolderThatIsMissingIsTold() throws {
        for path in [folder["missing"], root.appending("a-b")] {
            let error = #expect(throws: FileError.self) { try EntryWalk(OpenFolder(path)) }
            #expect(error?.message.hasPrefix("cannot open the folder \(path): ") == true)
        }
    }
}
