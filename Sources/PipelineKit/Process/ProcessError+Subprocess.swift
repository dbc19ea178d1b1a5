internal import Glibc
internal import Subprocess
internal import SystemPackage

extension ProcessError {
    /// Finds out what the system does not say: which of several reasons for the same error code it was.
    init(_ error: SubprocessError, _ command: Command) {
        let name = command.executable
        switch error.code {
        case .failedToChangeWorkingDirectory:
            self.init(
                .noSuchDirectory,
                "cannot run `\(name)` in \(command.directory): there is no such folder, or it may not be entered",
                help: "check `directory`, or make the folder in an earlier step")
        case .executableNotFound:
            self.init(missing: command)
        default:
            let reason = error.underlyingError.map { ": \($0)" } ?? ""
            self.init(
                .cannotStart, "cannot start `\(name)`\(reason)",
                help: "look at the machine's limits with `ulimit -a` and `free -m`")
        }
    }

    private init(missing command: Command) {
        let name = command.executable
        guard name.contains("/") else {
            let path = command.environment["PATH"] ?? ""
            self.init(
                .commandNotFound, "there is no command `\(name)` in PATH (\(path))",
                help: "install it, or name it with its path")
            return
        }
        let file = command.directory.pushing(FilePath(name)).lexicallyNormalized()
        var status = stat()
        if stat(file.string, &status) != 0 {
            self.init(
                .commandNotFound, "there is no file \(file) to run",
                help: "check the path; it starts at \(command.directory)")
        } else if status.st_mode & S_IFMT == S_IFDIR {
            self.init(
                .notExecutable, "cannot run \(file): it is a folder",
                help: "name a file in it")
        } else if access(file.string, X_OK) != 0 {
            self.init(
                .notExecutable, "cannot run \(file): it is not executable",
                help: "make it executable with `chmod +x \(ShellWord.quoted(file.string))`")
        } else {
            self.init(
                .notExecutable,
                "cannot run \(file): the interpreter that its first line names is missing",
                help: "look at it with `head -1 \(ShellWord.quoted(file.string))`; a line end of CR LF makes the name "
                    + "wrong too")
        }
    }

    static func outOfDescriptors(_ errno: Errno) -> ProcessError {
        ProcessError(
            .cannotStart, "cannot make a pipe for a child process: \(errno)",
            help: "raise the limit of open files with `ulimit -n $(ulimit -Hn)` in the shell that starts the run")
    }
}

extension Command {
    /// Throws if a text has a zero byte: the system would take what comes before it for the whole text.
    func refuseZeroBytes() throws {
        let texts = [executable] + arguments + environment.flatMap { [$0.key, $0.value] }
        guard let text = texts.first(where: { $0.utf8.contains(0) }) else { return }
        let shown = text.replacing("\0", with: "\\0")
        throw ProcessError(
            .zeroByte, "cannot run `\(executable)`: `\(shown)` has a zero byte in it",
            help: "remove the zero byte from the arguments and the environment")
    }
}
