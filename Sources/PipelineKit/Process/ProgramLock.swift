internal import CProcess
internal import Glibc
internal import SystemPackage

/// A file that the programs of a step keep locked, as long as any of them runs.
///
/// Each gets an open descriptor of the file, which its own children inherit. The lock (`flock`) belongs to the open file
/// and not to a process, so the kernel gives it up when the last of them has ended, whatever has become of the process
/// that started the first. No process id is trusted: the lock decides whether somebody is there, and a process counts as
/// one of them only if it has the locked file open.
///
/// A program that closes the descriptors that it inherits leaves the lock, and is not found.
struct ProgramLock {
    let path: FilePath

    /// Returns a descriptor that holds the lock together with others. The caller passes it to a child, and closes it.
    func share() throws -> FileDescriptor {
        let file = try DurableFile.open(path, .readWrite, options: [.create, .noFollow])
        guard flock(file.rawValue, LOCK_SH | LOCK_NB) == 0 else {
            let failure = FileError.last("lock", path)
            try? file.close()
            throw failure
        }
        return file
    }

    /// True if any program has it.
    var isHeld: Bool {
        get throws {
            let file: FileDescriptor
            do {
                file = try DurableFile.open(path, .readWrite, options: [.noFollow])
            } catch let error as FileError where [.noSuchFileOrDirectory, .notDirectory].contains(error.errno) {
                return false
            }
            defer { try? file.close() }
            if flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 { return false }
            let failure = FileError.last("lock", path)
            guard failure.errno == .wouldBlock else { throw failure }
            return true
        }
    }

    /// Removes the file, unless a program has it.
    func removeUnlessHeld() {
        if (try? isHeld) == false { DurableFile.remove(path) }
    }

    /// The programs that have it, as far as this user may see them, by process id.
    var holders: [LeftProgram] {
        processes().map { process in
            let name = (try? DurableFile.read(FilePath("/proc/\(process)/comm"), limit: 4_096)) ?? []
            return LeftProgram(
                processID: Int(process), name: String(decoding: name.prefix { $0 != 0x0A }, as: UTF8.self))
        }
    }

    /// Sends a signal to those that have it, and to the others of their process groups.
    func signal(_ number: CInt) {
        for holder in processes() {
            let holder = PinnedProcess(holder)
            let group = getpgid(holder.id)
            guard isHeld(by: holder.id) else { continue }
            if group > 1, group != getpgrp() {
                for member in Self.allProcesses where member != holder.id && getpgid(member) == group {
                    let member = PinnedProcess(member)
                    // Its number may have been another process's a moment ago, and the group's as well.
                    if getpgid(member.id) == group, getpgid(holder.id) == group, holder.isAlive {
                        member.signal(number)
                    }
                }
            }
            holder.signal(number)
        }
    }

    private func processes() -> [pid_t] {
        Self.allProcesses.filter { $0 != getpid() && isHeld(by: $0) }.sorted()
    }

    private static var allProcesses: [pid_t] {
        ((try? DurableFile.entries(of: "/proc")) ?? []).compactMap { pid_t($0) }
    }

    /// Whether a process has the file open by a descriptor that holds a lock. It may have opened the file otherwise.
    private func isHeld(by process: pid_t) -> Bool {
        var wanted = stat()
        guard stat(path.string, &wanted) == 0 else { return false }
        let names = (try? DurableFile.entries(of: FilePath("/proc/\(process)/fd"))) ?? []
        return names.contains { name in
            var status = stat()
            guard stat("/proc/\(process)/fd/\(name)", &status) == 0, status.st_ino == wanted.st_ino,
                status.st_dev == wanted.st_dev,
                let facts = try? DurableFile.read(FilePath("/proc/\(process)/fdinfo/\(name)"), limit: 65_536)
            else { return false }
            return String(decoding: facts, as: UTF8.self).split(separator: "\n").contains { line in
                line.hasPrefix("lock:") && line.contains("FLOCK")
            }
        }
    }
}

/// A program that runs on although the process that started it is gone.
public struct LeftProgram: Hashable, Sendable {
    public var processID: Int
    /// As the system cuts it: at 15 bytes.
    public var name: String

    public init(processID: Int, name: String) {
        self.processID = processID
        self.name = name
    }
}

/// A process whose signals cannot reach another one that has got its number since.
private final class PinnedProcess {
    let id: pid_t
    /// -1 on a kernel without such descriptors (before 5.3).
    private let descriptor: CInt

    init(_ id: pid_t) {
        self.id = id
        descriptor = process_open(id)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    var isAlive: Bool { send(0) }

    func signal(_ number: CInt) { _ = send(number) }

    private func send(_ number: CInt) -> Bool {
        descriptor >= 0 ? process_signal(descriptor, number) == 0 : kill(id, number) == 0
    }
}
