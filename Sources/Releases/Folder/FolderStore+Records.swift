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

    /// Looking first is enough here: the lease of a folder is a lock of the kernel's.
    public func create(_ bytes: [UInt8], as record: StoreRecord) async throws -> [UInt8]? {
        if let there = try await read(record) { return there }
        try await write(bytes, to: record)
        return nil
    }

    public func records(in folder: StoreRecord.Folder) async throws -> [StoreRecord] {
        let path = root.pushing(FilePath(".runner/\(folder.rawValue)"))
        let names: [StoredFileWalk.Child]
        do {
            names = try StoredFileWalk.children(of: path)
        } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
            return []
        }
        return names.filter { !$0.name.hasSuffix(".tmp") }.map { StoreRecord(folder, $0.name) }
    }

    public func delete(_ record: StoreRecord) async throws {
        let path = path(of: record)
        try await BlockingWork.run { _ in
            guard unlink(path.string) == 0 else {
                if errno == ENOENT { return }
                throw FileError("delete", path, Errno(rawValue: errno))
            }
            try DurableFile.syncFolder(of: path)
        }
    }

    public func file(of record: StoreRecord, in folder: FilePath) async throws -> FilePath? {
        let path = path(of: record)
        guard access(path.string, F_OK) == 0 else {
            if errno == ENOENT { return nil }
            throw FileError("look at", path, Errno(rawValue: errno))
        }
        return path
    }

    public func exists(_ record: StoreRecord) async throws -> Bool {
        try await file(of: record, in: root) != nil
    }

    public func header(in record: StoreRecord, copiedTo folder: FilePath) async throws -> ManifestHeader? {
        try await file(of: record, in: folder).map { try Manifest.Reader($0).header }
    }

    public func put(_ file: FilePath, as record: StoreRecord) async throws {
        let path = path(of: record)
        try await BlockingWork.run { flag in
            try makeFolders(to: path)
            let lines = try LineReader(file)
            let copy = try LineWriter(path, mode: Self.fileMode)
            while let line = try lines.next() {
                try flag.check()
                try copy.write(String(decoding: line, as: UTF8.self))
            }
            try copy.finish(durable: true)
        }
    }

    public func move(_ record: StoreRecord, to target: StoreRecord) async throws {
        let (source, target) = (path(of: record), path(of: target))
        try await BlockingWork.run { _ in
            try makeFolders(to: target)
            do {
                try DurableFile.rename(source, to: target)
            } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
                guard access(target.string, F_OK) == 0 else { throw error }
            }
            try DurableFile.syncFolder(of: target)
            try DurableFile.syncFolder(of: source)
        }
    }

    /// Makes the folders that hold a file of the store.
    func makeFolders(to path: FilePath) throws {
        let parent = path.removingLastComponent()
        if DurableFile.isFolder(parent) { return }
        var folder = root
        try Self.makeFolder(folder)
        var rest = parent
        guard rest.removePrefix(root) else { return }
        for component in rest.components {
            folder.append(component)
            try Self.makeFolder(folder)
        }
    }

    private static func makeFolder(_ path: FilePath) throws {
        if DurableFile.isFolder(path) { return }
        try DurableFile.makeFolder(path, mode: folderMode)
        chmod(path.string, folderMode.rawValue)
    }
}
