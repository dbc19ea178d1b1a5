internal import Glibc
internal import PipelineKit
public import SystemPackage

extension FolderStore {
    /// The folder that a record is in; nil if there is none.
    private func folder(of record: StoreRecord) throws -> OpenFolder? { try openFolder(record.folderPath) }

    /// The record as it is now; nil if there is none.
    ///
    /// - Throws: `FileError`, also if it is not a regular file.
    private func open(_ record: StoreRecord) throws -> RegularFile? {
        do {
            return try folder(of: record)?.file(record.name)
        } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
            return nil
        }
    }

    public func read(_ record: StoreRecord) async throws -> [UInt8]? {
        try open(record).map { try DurableFile.read($0, limit: 16 << 20) }
    }

    public func write(_ bytes: [UInt8], to record: StoreRecord) async throws {
        try await BlockingWork.run { _ in
            try makeFolder(record.folderPath).write(bytes, to: record.name, mode: Self.fileMode)
        }
    }

    /// Looking first is enough here, because the lease of a folder is a kernel lock.
    public func create(_ bytes: [UInt8], as record: StoreRecord) async throws -> [UInt8]? {
        if let there = try await read(record) { return there }
        try await write(bytes, to: record)
        return nil
    }

    public func records(in folder: StoreRecord.Folder) async throws -> [StoreRecord] {
        guard let opened = try openFolder(".runner/\(folder.rawValue)") else { return [] }
        let listing = try FolderListing(in: opened, followsLinks: false)
        try listing.checkNames(in: opened.path.string)
        return listing.entries.map { String(decoding: listing.name(of: $0), as: UTF8.self) }
            .filter { !$0.hasSuffix(".tmp") }.map { StoreRecord(folder, $0) }
    }

    public func delete(_ record: StoreRecord) async throws {
        try await BlockingWork.run { _ in
            guard let folder = try folder(of: record) else { return }
            if let errno = folder.remove(record.name) {
                if errno == .noSuchFileOrDirectory { return }
                throw FileError("delete", folder.path(record.name), errno)
            }
            try folder.sync()
        }
    }

    public func file(of record: StoreRecord, in folder: FilePath) async throws -> FilePath? {
        try open(record)?.path
    }

    public func exists(_ record: StoreRecord) async throws -> Bool {
        try open(record) != nil
    }

    /// A lease of a folder does not run out, so nobody asks.
    public func age(of record: StoreRecord) -> Duration? { nil }

    public func state(of record: StoreRecord, in folder: FilePath) async throws -> RecordState? {
        guard let file = try open(record) else { return nil }
        return RecordState(header: try Manifest.Reader(file).header, tag: Self.tag(of: file))
    }

    /// A record is replaced by a new file of its name and never written into.
    public func tag(of record: StoreRecord) async throws -> RecordTag? {
        try open(record).map(Self.tag)
    }

    private static func tag(of file: RegularFile) -> RecordTag {
        let status = file.found
        return RecordTag(
            text: "\(status.st_dev)/\(status.st_ino)/\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)")
    }

    public func copy(of record: StoreRecord, in folder: FilePath) async throws -> RecordCopy? {
        guard let source = try open(record) else { return nil }
        let copy = folder.appending("earlier-\(record.name)")
        try await BlockingWork.run { flag in
            let writer = try LineWriter(copy, mode: Self.fileMode)
            try Self.copyLines(of: source, flag) { try writer.write($0) }
            try writer.finish(durable: true)
        }
        return RecordCopy(file: copy, tag: Self.tag(of: source))
    }

    public func put(_ file: FilePath, as record: StoreRecord) async throws {
        try await BlockingWork.run { flag in
            let source = try RegularFile(file)
            let writer = try LineWriter(record.name, in: makeFolder(record.folderPath), mode: Self.fileMode)
            try Self.copyLines(of: source, flag) { try writer.write($0) }
            try writer.finish(durable: true)
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

    private static func copyLines(
        of file: RegularFile, _ flag: CancellationFlag, to write: ([UInt8]) throws -> Void
    ) throws {
        let lines = LineReader(file)
        while let line = try lines.next() {
            try flag.check()
            try write(line)
        }
    }

    public func move(_ record: StoreRecord, to target: StoreRecord, if tag: RecordTag?) async throws -> RecordMove {
        if let tag, try await self.tag(of: record) != tag { return .sourceChanged }
        try await BlockingWork.run { _ in
            let to = try makeFolder(target.folderPath)
            guard let from = try folder(of: record) else {
                throw FileError("rename", path(of: record), .noSuchFileOrDirectory)
            }
            do {
                try from.rename(record.name, to: target.name, in: to)
            } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
                guard try to.status(of: target.name) != nil else { throw error }
            }
            try to.sync()
            try from.sync()
        }
        return .moved
    }
}
