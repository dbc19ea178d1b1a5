import PipelineKit
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Nothing below a folder that is held open leads out of it, with `openat2` and without.
@Suite(.timeLimit(.minutes(10))) struct OpenFolderTests {
    let temporary: TemporaryFolder

    init() throws {
        temporary = try TemporaryFolder()
        try temporary.write("in", to: "root/a/b/file")
        try temporary.write("out", to: "outside/file")
        for (text, name) in [
            ("a", "to-folder"), ("a/b/file", "to-file"), ("../outside", "out"), ("../outside/file", "out-file"),
            ("/proc/self/root", "magic"), ("nowhere", "dangling"), ("circle", "circle"),
        ] {
            try #require(symlink(text, temporary["root"].appending(name).string) == 0)
        }
        try #require(mkfifo(temporary["root/pipe"].string, 0o600) == 0)
    }

    enum System: CaseIterable {
        case kernel, withoutCall, filtered

        var calls: OpenCalls {
            switch self {
            case .kernel: .kernel
            case .withoutCall: OpenCalls(beneath: { _, _, _, _ in .failure(.noFunction) })
            case .filtered: OpenCalls(beneath: { _, _, _, _ in .failure(.notPermitted) })
            }
        }
    }

    private func errno(_ body: () throws -> Void) -> Errno? {
        do {
            try body()
            return nil
        } catch {
            return (error as? FileError)?.errno
        }
    }

    @Test(arguments: System.allCases)
    func whatIsBelowIsOpened(_ system: System) throws {
        let root = try OpenFolder(temporary["root"], system.calls)
        #expect(try DurableFile.read(root.file("a/b/file")) == Array("in".utf8))
        #expect(try root.folder("a/b").entries() == ["file"])
        #expect(try root.folder(".").hasFolder("a"))
        #expect(try root.folder("a").makeFolder("new", mode: [.ownerReadWriteExecute]))
        try root.folder("a/new").write([1], to: "x", mode: [.ownerReadWrite])
        #expect(try DurableFile.read(temporary["root/a/new/x"]) == [1])
    }

    /// Nobody looks for it again if the name is a run's.
    @Test func nothingUnfinishedStaysBesideARenameThatFailed() throws {
        let root = try OpenFolder(temporary["root"])
        let unfinished = { try root.entries().filter { $0.hasSuffix(".tmp") } }
        #expect(throws: FileError.self) { try root.write([1], to: "a", mode: [.ownerReadWrite]) }
        #expect(try unfinished() == [])
        let lines = try LineWriter(temporary["root/a"])
        try lines.write("one")
        #expect(throws: FileError.self) { try lines.finish(durable: true) }
        #expect(try unfinished() == [])
        #expect(try DurableFile.read(root.file("a/b/file")) == Array("in".utf8))
    }

    @Test(arguments: System.allCases)
    func noLinkIsFollowed(_ system: System) throws {
        let root = try OpenFolder(temporary["root"], system.calls)
        for name in [
            "to-file", "to-folder/b/file", "out/file", "out-file", "magic/etc/hostname", "dangling", "circle",
            "circle/x",
        ] {
            #expect(errno { _ = try root.file(name) } == .tooManySymbolicLinkLevels, "\(name)")
        }
        for name in ["to-folder", "out", "magic", "a/b/../../out"] {
            let errno = errno { _ = try root.folder(name) }
            #expect(errno == .tooManySymbolicLinkLevels || errno == .improperLink, "\(name)")
        }
        for name in ["..", "../outside/file", "/etc/hostname"] {
            #expect(errno { _ = try root.file(name) } == .improperLink, "\(name)")
        }
        #expect(errno { _ = try root.file("none") } == .noSuchFileOrDirectory)
        #expect(errno { _ = try root.file("a/b/file/x") } == .notDirectory)
        #expect(errno { _ = try root.folder("a/b/file") } == .notDirectory)
        #expect(errno { _ = try root.create("out-file", mode: [.ownerReadWrite]) } == .fileExists)
    }

    /// Opening a pipe for reading would wait for a writer.
    @Test(arguments: System.allCases)
    func onlyARegularFileIsOpened(_ system: System) throws {
        let root = try OpenFolder(temporary["root"], system.calls)
        #expect(errno { _ = try root.file("pipe") } == .noSuchAddressOrDevice)
        #expect(errno { _ = try root.file("a") } == .isDirectory)
    }

    /// A link that somebody has put in the place of an unfinished file is replaced, and what it leads to stays.
    @Test func anUnfinishedFileIsMadeAnew() throws {
        for name in ["one", "two"] {
            try #require(symlink("../outside/file", temporary["root/\(name).tmp"].string) == 0)
        }
        try DurableFile.write([1], to: temporary["root/one"])
        let lines = try LineWriter(temporary["root/two"])
        try lines.write("x")
        try lines.finish(durable: true)
        #expect(try temporary.text("outside/file") == "out")
        #expect(try DurableFile.read(temporary["root/one"], followsLink: false) == [1])
        #expect(try temporary.text("root/two") == "x\n")
    }

    /// Also for a lock, whose file is opened to be written, and gets a mode.
    @Test func noPipeAndNoLinkIsWaitedForOrFollowed() throws {
        let pipe = temporary["root/pipe"]
        let mode: FilePermissions = [.ownerReadWrite, .groupReadWrite]
        for body in [
            { _ = try DurableFile.read(pipe) }, { _ = try LineReader(pipe) }, { _ = try JournalReader.read(pipe) },
            { _ = try JournalReader.end(of: pipe) }, { _ = try DiskJournalFile(pipe, keeping: 0) },
            { _ = try FileLock.tryLock(pipe) }, { _ = try DurableFile.read("/dev/zero", limit: 100) },
        ] as [() throws -> Void] {
            #expect(errno(body) == .noSuchAddressOrDevice)
        }
        let link = temporary["root/out-file"]
        for body in [
            { _ = try FileLock.tryLock(link, mode: mode) }, { _ = try DiskJournalFile(link, keeping: 0) },
            { _ = try JournalReader.read(link) },
        ] as [() throws -> Void] {
            #expect(errno(body) == .tooManySymbolicLinkLevels)
        }
        var status = stat()
        #expect(stat(temporary["outside/file"].string, &status) == 0 && status.st_mode & 0o777 == 0o644)
        #expect(try temporary.text("outside/file") == "out")
    }
}
