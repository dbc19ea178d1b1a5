internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// The entries of one folder in the order of their keys, packed: a folder may have 200,000.
struct FolderListing {
    enum Kind {
        case file, folder
        /// Links, by what they lead to; `danglingLink` leads nowhere, or in a circle.
        case linkToFile, linkToFolder, danglingLink
        /// A pipe, socket or device, or a link to one; also a link that is not followed.
        case special
    }

    struct Entry {
        fileprivate let start: UInt32
        fileprivate let length: UInt16
        let kind: Kind
    }

    /// Shows whether a link leads back into the folder.
    let identity: FileIdentity
    /// A folder's name has a `/` at its end, so that `a-b` comes before what is in `a`, as in a list of keys.
    private var names: [UInt8] = []
    private(set) var entries: [Entry] = []
    /// True if a name has one of the endings of compressed files.
    private(set) var hasCompressedFiles = false

    /// - Parameters:
    ///   - name: the folder's path below `root`; `.` for that itself. No link on it is followed.
    ///   - followsLinks: true if a link in the folder counts as what it leads to.
    /// - Throws: `FileError` if it is not a folder or cannot be read.
    init(_ name: String = ".", in root: OpenFolder, followsLinks: Bool) throws {
        let path = root.path(name).string
        let descriptor = try root.listable(name)
        guard let folder = fdopendir(descriptor) else {
            let failure = Self.failure(path)
            close(descriptor)
            throw failure
        }
        defer { closedir(folder) }
        var status = stat()
        guard fstat(dirfd(folder), &status) == 0 else { throw Self.failure(path) }
        identity = FileIdentity(status)
        while true {
            errno = 0
            guard let entry = readdir(folder) else { break }
            try add(entry, in: folder, at: path, followsLinks)
        }
        guard errno == 0 else { throw Self.failure(path) }
        sort()
    }

    /// As the disk has it, without a `/` at its end.
    func name(of entry: Entry) -> ArraySlice<UInt8> {
        let name = names[Int(entry.start)..<(Int(entry.start) + Int(entry.length))]
        return name.last == UInt8(ascii: "/") ? name.dropLast() : name
    }

    /// What the entry of a name is that is no folder; nil if there is none.
    func kind(ofFile name: some Collection<UInt8>) -> Kind? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            let entry = entries[middle]
            let there = names[Int(entry.start)..<(Int(entry.start) + Int(entry.length))]
            if there.lexicographicallyPrecedes(name) {
                low = middle + 1
            } else if there.elementsEqual(name) {
                return entry.kind
            } else {
                high = middle
            }
        }
        return nil
    }

    /// - Parameter path: the path of the folder, for the message.
    /// - Throws: `StepError` `bad-name` if there is a name that is not UTF-8.
    func checkNames(in path: String) throws {
        for entry in entries {
            let name = name(of: entry)
            guard String(validating: name, as: UTF8.self) == nil else { continue }
            throw StepError(
                "bad-name", "\(path) holds a name that is not UTF-8: \(String(decoding: name, as: UTF8.self))",
                help: "rename or remove it")
        }
    }

    private mutating func add(
        _ entry: UnsafeMutablePointer<dirent>, in folder: OpaquePointer, at path: String, _ followsLinks: Bool
    ) throws {
        let start = names.count
        let kind: Kind? = try withUnsafePointer(to: &entry.pointee.d_name) { tuple in
            try tuple.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                if strcmp(name, ".") == 0 || strcmp(name, "..") == 0 { return nil }
                names.append(contentsOf: UnsafeRawBufferPointer(start: name, count: strlen(name)))
                do {
                    return try Self.kind(of: entry.pointee.d_type, name, in: folder, followsLinks)
                } catch let failure as Errno {
                    throw FileError("look at", FilePath(path).appending(String(cString: name)), failure)
                }
            }
        }
        guard let kind else { return }
        if kind == .folder || kind == .linkToFolder {
            names.append(UInt8(ascii: "/"))
        } else if let last = names.last,
            last == UInt8(ascii: "z") || last == UInt8(ascii: "r") || last == UInt8(ascii: "t")
        {
            hasCompressedFiles = hasCompressedFiles || names[start...].suffix(4).contains(UInt8(ascii: "."))
        }
        entries.append(Entry(start: UInt32(start), length: UInt16(names.count - start), kind: kind))
    }

    /// - Throws: `Errno` if it cannot be looked at.
    private static func kind(
        of type: UInt8, _ name: UnsafePointer<CChar>, in folder: OpaquePointer, _ followsLinks: Bool
    ) throws -> Kind {
        // Some file systems do not give the type.
        let isTold = Int32(type) != DT_UNKNOWN
        switch isTold ? mode_t(type) << 12 : try Self.format(of: name, in: folder, AT_SYMLINK_NOFOLLOW) {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFLNK where followsLinks:
            switch try Self.format(of: name, in: folder, 0) {
            case S_IFREG: return .linkToFile
            case S_IFDIR: return .linkToFolder
            case nil: return .danglingLink
            default: return .special
            }
        default: return .special
        }
    }

    /// - Returns: nil if nothing is there.
    private static func format(
        of name: UnsafePointer<CChar>, in folder: OpaquePointer, _ flags: Int32
    ) throws -> mode_t? {
        var status = stat()
        if fstatat(dirfd(folder), name, &status, flags) == 0 { return status.st_mode & S_IFMT }
        let failure = Errno(rawValue: errno)
        // A link that leads round in a circle leads nowhere.
        if FileStatus.isAbsence(failure) || failure == .tooManySymbolicLinkLevels { return nil }
        throw failure
    }

    private mutating func sort() {
        entries = names.withUnsafeBufferPointer { names in
            entries.sorted { left, right in
                let common = Int(min(left.length, right.length))
                let order = memcmp(
                    names.baseAddress! + Int(left.start), names.baseAddress! + Int(right.start), common)
                return order == 0 ? left.length < right.length : order < 0
            }
        }
    }

    private static func failure(_ path: String) -> FileError {
        FileError.last("read the folder", FilePath(path))
    }
}
