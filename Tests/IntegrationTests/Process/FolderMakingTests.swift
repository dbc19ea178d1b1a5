import PipelineKit
import SystemPackage
import TestSupport
import Testing

@Suite struct FolderMakingTests {
    @Test func parentsAreMadeToo() throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("a").appending("b").appending("c")
        try DurableFile.makeFolder(path)
        try DurableFile.makeFolder(path)
        #expect(try FileStatus.isFolder(path))
    }

    /// The kernel says of every new name below it that there is no such folder, whatever is tried.
    @Test func aPlaceThatTakesNoFolderIsToldOnce() {
        let error = #expect(throws: FileError.self) { try DurableFile.makeFolder("/proc/none/store") }
        #expect(error?.path == "/proc/none" && error?.errno == .noSuchFileOrDirectory)
    }
}
