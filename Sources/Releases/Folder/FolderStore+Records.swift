internal import Glibc
internal import PipelineKit
public import SystemPackage

extension FolderStore {
    public func read(_ record: StoreRecord) async throws -> [UInt8]? {
        do {
            return try DurableFile.read(path(of: record), limit: 16 << 20)
        } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
            return nil
        }
    }

    public func write(_ bytes: [UInt8], to record: StoreRecord) async throws {
        let path = path(of: record)
        try await BlockingWork.run { _ in
            try makeFolders(to: path)
            try DurableFile.write(bytes, to: path, mode: Self.fileMode)
        }
    }

    /// Looking first is enough here, because the lease of a folder is a kernel lock.
    public func create(_ bytes: [UInt8], as record: StoreRecord) async throws -> [UInt8]? {
        if let there = try await read(record) { return there }
        try await write(bytes, to: record)
        return nil
    }

    public func records(in folder: StoreRecord.Folder) async throws -> [StoreRecord] {
        let path = root.pushing(FilePath(".runner/\(folder.rawValue)"))
        let listing: FolderListing
        do {
            listing = try FolderListing(path.string, followsLinks: false)
        } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
            return []
        }
        try listing.checkNames(in: path.string)
        return listing.entries.map { String(decoding: listing.name(of: $0), as: UTF8.self) }
            .filter { !$0.hasSuffix(".tmp") }.map { StoreRecord(folder, $0) }
    }

    public func delete(_ record: StoreRecord) async throws {
        let path = path(of: record)
        try await BlockingWork.run { _ in
            guard unlink(path.string) == 0 else {
                if errno == ENOENT { return }
                throw FileError.last("delete", path)
            }
            try DurableFile.syncFolder(of: path)
        }
    }

    public func file(of record: StoreRecord, in folder: FilePath) async throws -> FilePath? {
        let path = path(of: record)
        return try FileStatus.exists(path) ? path : nil
    }

    public func exists(_ record: StoreRecord) async throws -> Bool {
        try await file(of: record, in: root) != nil
    }

    public func state(of record: StoreRecord, in folder: FilePath) async throws -> RecordState? {
        guard let tag = try await tag(of: record), let file = try await file(of: record, in: folder) else { return nil }
        return RecordState(header: try Manifest.Reader(file).header, tag: tag)
    }

    /// A record is replaced by a new file of its name and never written into.
    public func tag(of record: StoreRecord) async throws -> RecordTag? {
        guard let status = try FileStatus.of(path(of: record)) else { return nil }
        return RecordTag(
            text: "\(status.st_dev)/\(status.st_ino)/\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)")
    }

    public func copy(of record: StoreRecord, in folder: FilePath) async throws -> RecordCopy? {
        guard let tag = try await tag(of: record) else { return nil }
        let (source, copy) = (path(of: record), folder.appending("earlier-\(record.name)"))
        try await BlockingWork.run { flag in try Self.copyLines(of: source, to: copy, flag) }
        return RecordCopy(file: copy, tag: tag)
    }

    public func put(_ file: FilePath, as record: StoreRecord) async throws {
        let path = path(of: record)
        try await BlockingWork.run { flag in
            try makeFolders(to: path)
            try Self.copyLines(of: file, to: path, flag)
        }
    }

    /// Looking first is enough here, as for `create`.
    public func put(_ file: FilePath, as record: StoreRecord, if condition: RecordCondition) async throws -> RecordTag?
    {
        let there = try await tag(of: record)
        switch condition {
        case .absent: guard there == nil else { return nil }
        case .unchanged(let tag): guard there == tag else { return nil }
        }
        try await put(file, as: record)
        return try await tag(of: record)
    }

    private static func copyLines(of file: FilePath, to path: FilePath, _ flag: CancellationFlag) throws {
        let lines = try LineReader(file)
        let copy = try LineWriter(path, mode: fileMode)
        while let line = try lines.next() {
            try flag.check()
            try copy.write(String(decoding: line, as: UTF8.self))
        }
        try copy.finish(durable: true)
    }

    public func move(_ record: StoreRecord, to target: StoreRecord, if tag: RecordTag?) async throws -> RecordMove {
        if let tag, try await self.tag(of: record) != tag { return .sourceChanged }
        let (source, target) = (path(of: record), path(of: target))
        try await BlockingWork.run { _ in
            try makeFolders(to: target)
            do {
                try DurableFile.rename(source, to: target)
            } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
                guard try FileStatus.exists(target) else { throw error }
            }
            try DurableFile.syncFolder(of: target)
            try DurableFile.syncFolder(of: source)
        }
        return .moved
    }

    /// Makes the folders that hold a file of the store.
    ///
    /// - Throws: `FileError`; `StepError` with its code if it helps to make the store's folder by hand.
    func makeFolders(to path: FilePath) throws {
        do {
            try makeFolders(from: root, to: path.removingLastComponent())
        } catch let error as FileError where error.isDenied {
            guard let entries = try? DurableFile.entries(of: root), entries.isEmpty else { throw error }
            let help =
                error.errno == .readOnlyFileSystem
                ? "name a folder in `store` that may be written"
                : "make it once, as a folder of yours: `sudo install -d -o \"$(id -un)\" \(ShellWord.quoted(root.string))`"
            throw StepError(error.code, error.message, help: help)
        }
    }

    private func makeFolders(from root: FilePath, to parent: FilePath) throws {
        if try FileStatus.isFolder(parent) { return }
        var folder = root
        try Self.makeFolder(folder, mode: Self.folderMode)
        var rest = parent
        guard rest.removePrefix(root) else { return }
        let mode = try Self.mode(ofFoldersIn: root)
        for component in rest.components {
            folder.append(component)
            try Self.makeFolder(folder, mode: mode)
        }
    }

    private static func makeFolder(_ path: FilePath, mode: FilePermissions) throws {
        if try FileStatus.isFolder(path) { return }
        try DurableFile.makeFolder(path, mode: mode)
        // The kernel has given it the group of the folder around it, if that says so. That stays.
        let group = (try FileStatus.of(path)?.st_mode ?? 0) & S_ISGID
        chmod(path.string, mode.rawValue | group)
    }
}
