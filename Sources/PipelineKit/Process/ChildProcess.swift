internal import CProcess
internal import Glibc
internal import SystemPackage

/// A child of this process, until it is reaped.
struct ChildProcess: Sendable {
    let id: pid_t
    /// Readable when the child has ended; -1 on a kernel without such descriptors (before 5.3).
    let descriptor: CInt

    /// What a child gets beside its command.
    struct Surroundings {
        var input: FileDescriptor
        var output: FileDescriptor
        var error: FileDescriptor
        /// The child and its descendants keep it open.
        var kept: FileDescriptor?
        /// True for a session of its own, false for a process group of its own.
        var hasSession = false
        /// True if the kernel kills the child as soon as the thread that starts it has ended, however it ends.
        var diesWithThread = false
    }

    /// Why no child was started.
    enum Failure: Error {
        case folder
        /// Neither the path nor any folder of `PATH` leads to a program that can be executed.
        case noProgram
        case other(Errno)
    }

    init(_ command: Command, _ surroundings: Surroundings) throws(Failure) {
        let environment = CStrings(command.environment.map { "\($0.key)=\($0.value)" })
        for path in command.candidates {
            switch Self.start(path, command, environment, surroundings) {
            case .success(let id):
                self.id = id
                descriptor = process_open(id)
                return
            case .failure(.noProgram): continue
            case .failure(let failure): throw failure
            }
        }
        throw .noProgram
    }

    private static func start(
        _ path: String, _ command: Command, _ environment: CStrings, _ surroundings: Surroundings
    ) -> Result<pid_t, Failure> {
        let arguments = CStrings([path] + command.arguments)
        var part = process_part_making
        let id = path.withCString { path in
            command.directory.withPlatformString { directory in
                var start = program()
                start.path = path
                start.arguments = UnsafePointer(arguments.pointer)
                start.environment = UnsafePointer(environment.pointer)
                start.directory = directory
                start.input = surroundings.input.rawValue
                start.output = surroundings.output.rawValue
                start.error = surroundings.error.rawValue
                start.kept = surroundings.kept?.rawValue ?? -1
                start.has_session = surroundings.hasSession ? 1 : 0
                start.dies_with_thread = surroundings.diesWithThread ? 1 : 0
                start.open_files = ProcessLimits.openFilesOfChildren
                return withExtendedLifetime((arguments, environment)) { process_start(&start, &part) }
            }
        }
        if id > 0 { return .success(id) }
        let error = Errno(rawValue: errno)
        switch part {
        case process_part_directory: return .failure(.folder)
        case process_part_program where [.noSuchFileOrDirectory, .permissionDenied, .notDirectory].contains(error):
            return .failure(.noProgram)
        default: return .failure(.other(error))
        }
    }

    /// Returns how it ended; nil if it has not. Its process id stays its own.
    func peek() -> ExitStatus? {
        var info = siginfo_t()
        let result = waitid(P_PID, id_t(id), &info, WEXITED | WNOHANG | WNOWAIT)
        guard result == 0 && info.si_signo == SIGCHLD else { return nil }
        return ExitStatus(info)
    }

    /// Waits for its end, and gives its process id back.
    func reap() -> ExitStatus {
        defer { if descriptor >= 0 { close(descriptor) } }
        var info = siginfo_t()
        while waitid(P_PID, id_t(id), &info, WEXITED) != 0 && errno == EINTR {}
        return ExitStatus(info)
    }
}

extension ExitStatus {
    fileprivate init(_ info: siginfo_t) {
        let code = Int(info._sifields._sigchld.si_status)
        self = info.si_code == CLD_EXITED ? .exited(code) : .signalled(code)
    }
}

extension Command {
    /// The paths at which its program may be, in the order in which they are tried. A relative path starts at the
    /// command's folder; relative folders of `PATH` are passed over.
    var candidates: [String] {
        guard !executable.contains("/") else { return [executable] }
        let path = environment["PATH"] ?? getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return path.split(separator: ":").filter { $0.hasPrefix("/") }.map { folder in
            FilePath(String(folder)).appending(executable).string
        }
    }
}

/// Texts as C takes them: an array of pointers that ends with a null pointer.
private final class CStrings {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        pointer = .allocate(capacity: count + 1)
        for (index, text) in texts.enumerated() { (pointer + index).initialize(to: strdup(text)) }
        (pointer + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(pointer[index]) }
        pointer.deallocate()
    }
}
