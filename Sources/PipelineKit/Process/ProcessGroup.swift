internal import FoundationEssentials
internal import Glibc
internal import SystemPackage

/// The process group of a child that leads it.
///
/// The child must not be reaped yet: until then its process id, which is also its group's, is not reused.
struct ProcessGroup {
    let leader: pid_t

    func signal(_ number: Int32) {
        _ = kill(-leader, number)
    }

    /// True if a process of the group other than its leader is alive.
    ///
    /// `kill` cannot tell: it also finds a leader that has ended and is not reaped.
    var hasMembers: Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.contains { name in
            guard let process = pid_t(name), process != leader, getpgid(process) == leader else { return false }
            return Self.isAlive(process)
        }
    }

    /// False for a process that has ended and is not reaped.
    private static func isAlive(_ process: pid_t) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 512)
        guard let file = try? FileDescriptor.open("/proc/\(process)/stat", .readOnly, options: .closeOnExec) else {
            return false
        }
        let count = try? file.closeAfter { try buffer.withUnsafeMutableBytes { try file.read(into: $0) } }
        // The state follows the program's name, which is in parentheses and may have some itself.
        guard let count, let end = buffer[..<count].lastIndex(of: UInt8(ascii: ")")), end + 2 < count else {
            return false
        }
        return !"ZX".utf8.contains(buffer[end + 2])
    }
}
