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
            guard let process = pid_t(name), process != leader else { return false }
            return Self.isAlive(process, in: leader)
        }
    }

    private static func isAlive(_ process: pid_t, in group: pid_t) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 512)
        guard let file = try? FileDescriptor.open("/proc/\(process)/stat", .readOnly, options: .closeOnExec) else {
            return false
        }
        let count = try? file.closeAfter { try buffer.withUnsafeMutableBytes { try file.read(into: $0) } }
        // The program's name is in parentheses, and may have spaces and parentheses itself.
        guard let count, let end = buffer[..<count].lastIndex(of: UInt8(ascii: ")")) else { return false }
        let fields = buffer[(end + 1)..<count].split(separator: UInt8(ascii: " "))
        guard fields.count > 2, let state = fields[0].first else { return false }
        return pid_t(String(decoding: fields[2], as: UTF8.self)) == group
            && state != UInt8(ascii: "Z") && state != UInt8(ascii: "X")
    }
}
