import FoundationEssentials
import Glibc
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// A run's folder and journal on a real disk.
@Suite struct RunFolderTests {
    let temporary: TemporaryFolder
    let state: StateFolder

    init() throws {
        temporary = try TemporaryFolder()
        state = StateFolder(temporary["project/.runner"])
        mkdir(temporary["project"].string, 0o755)
    }

    private let entry = JournalEntry.started(
        RunStarted(
            runID: "r1", pipeline: "p", file: "/p.yml", digest: "d", project: "/", inputs: [:], secrets: [],
            runnerVersion: "1"))

    private func journal(_ path: FilePath) throws -> Journal {
        let contents = try JournalReader.read(path)
        return Journal(
            try DiskJournalFile(path, keeping: contents.length), records: contents.records,
            now: { Date(timeIntervalSince1970: 0) })
    }

    private func mode(_ path: FilePath) -> mode_t {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { return 0 }
        return status.st_mode & 0o7777
    }

    @Test func foldersAndFilesAreTheUsersAlone() async throws {
        let folder = try RunFolder.create("r1", in: state)
        let journal = Journal(try DiskJournalFile(folder.journalPath, keeping: 0)) { Date() }
        try await journal.append(entry)
        try folder.writeAttachment([1], named: "a.before.json")
        let step = folder.stepFolder("a")
        for path in [state.path, state.runs, folder.path, folder.path.appending("steps"), step] {
            #expect(mode(path) == 0o700, "\(path)")
        }
        for name in ["journal.jsonl", "lock", "a.before.json"] {
            #expect(mode(folder.path.appending(name)) == 0o600, "\(name)")
        }
        #expect(try DurableFile.read(state.path.appending(".gitignore")) == Array("*\n".utf8))
    }

    /// Tasks of one step may ask at the same moment: none may get the path of a folder that is not there yet.
    @Test func aStepsFolderIsThereForWhoeverAsks() async throws {
        let folder = try RunFolder.create("r1", in: state)
        let missing = await withTaskGroup(of: Int.self) { group in
            for step in 0..<2_000 {
                for _ in 0..<2 {
                    group.addTask { (try? FileStatus.isFolder(folder.stepFolder("step-\(step)"))) == true ? 0 : 1 }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(missing == 0)
    }

    /// Nothing but the kernel knows that a pipe cannot be synced: this shows that it is asked.
    @Test func theKernelIsAskedToSync() throws {
        let (reading, writing) = try FileDescriptor.pipe()
        defer { for end in [reading, writing] { try? end.close() } }
        let error = #expect(throws: FileError.self) { try DurableFile.sync(writing, at: "pipe") }
        #expect(error?.errno == .invalidArgument)
    }

    @Test func oneProcessARun() throws {
        var folder: RunFolder? = try RunFolder.create("r1", in: state)
        let path = try #require(folder?.path)
        let error = #expect(throws: RunBusy.self) { try RunFolder.open(path) }
        #expect(error?.runID == "r1")
        #expect(throws: RunBusy.self) { try RunFolder.create("r1", in: state) }
        folder = nil
        #expect(try RunFolder.open(path).runID == "r1")
    }

    @Test func runThatIsNotThere() throws {
        let error = #expect(throws: FileError.self) { try RunFolder.open(state.runs.appending("r9")) }
        #expect(error?.code == "no-such-file")
    }

    @Test func newestRunFirst() throws {
        #expect(try state.runIDs() == [])
        for id in ["20260101-000000-000-aaaa", "20270101-000000-000-0000", "20260101-000000-001-0000"] {
            _ = try RunFolder.create(id, in: state)
        }
        #expect(
            try state.runIDs() == [
                "20270101-000000-000-0000", "20260101-000000-001-0000", "20260101-000000-000-aaaa",
            ])
    }

    @Test func journalGoesOnBehindATornRecord() async throws {
        let path = temporary["journal.jsonl"]
        try temporary.write("", to: "journal.jsonl")
        try await journal(path).append(entry)
        let first = try DurableFile.read(path)
        try temporary.write(first + first.prefix(first.count - 1), to: "journal.jsonl")
        try await journal(path).append(entry)
        let contents = try JournalReader.read(path)
        #expect(contents.records.map(\.sequence) == [1, 2])
        #expect(contents.length == (try DurableFile.read(path).count))
    }

    @Test func whatWasNotSyncedIsCutOff() throws {
        let path = temporary["journal.jsonl"]
        try temporary.write("kept\ntorn", to: "journal.jsonl")
        let file = try DiskJournalFile(path, keeping: 5)
        #expect(try DurableFile.read(path) == Array("kept\n".utf8))
        try file.append(Array("one\n".utf8))
        try file.sync()
        try file.append(Array("ha".utf8))
        try file.discardUnsynced()
        try file.append(Array("two\n".utf8))
        try file.sync()
        #expect(String(decoding: try DurableFile.read(path), as: UTF8.self) == "kept\none\ntwo\n")
    }

    @Test func journalOfADiskThatIsFull() async throws {
        // /dev/full takes nothing: every write fails with ENOSPC.
        let file = try DurableFile.open("/dev/full", .writeOnly)
        defer { try? file.close() }
        let error = #expect(throws: FileError.self) { try DurableFile.writeAll([1], to: file, at: "/dev/full") }
        #expect(error?.code == "disk-full")
    }

    @Test func stepFolderStaysOnlyWhereSomethingIsInIt() throws {
        let folder = try RunFolder.create("r1", in: state)
        let empty = folder.stepFolder("a")
        let used = folder.stepFolder("b")
        try DurableFile.write([1], to: used.appending("file"))
        try folder.syncStepFolder("a")
        try folder.syncStepFolder("b")
        #expect(try !FileStatus.isFolder(empty))
        #expect(try DurableFile.read(used.appending("file")) == [1])
        // A resumed step finds it again.
        #expect(folder.stepFolder("b") == used)
    }

    @Test func attachmentIsReplacedAsAWhole() throws {
        let folder = try RunFolder.create("r1", in: state)
        try folder.writeAttachment([1, 2, 3], named: "a.before.json")
        try folder.writeAttachment([4], named: "a.before.json")
        #expect(try folder.readAttachment(named: "a.before.json") == [4])
        #expect(try DurableFile.entries(of: folder.path).sorted() == ["a.before.json", "lock", "steps"])
    }

    @Test func journalThatIsAFolder() throws {
        mkdir(temporary["journal.jsonl"].string, 0o700)
        #expect(throws: FileError.self) { try JournalReader.read(temporary["journal.jsonl"]) }
    }
}
