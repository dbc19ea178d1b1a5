internal import Glibc
internal import SystemPackage

extension ProcessError {
    /// Finds out what the system does not say: which of several reasons for the same error code it was.
    init(_ failure: ChildProcess.Failure, _ command: Command) {
        let name = command.executable
        switch failure {
        case .folder:
            self.init(
                .noSuchDirectory,
                "cannot run `\(name)` in \(command.directory): there is no such folder, or it may not be entered",
                help: "check `directory`, or make the folder in an earlier step")
        case .noProgram:
            self.init(missing: command)
        case .other(let errno):
            self.init(
                .cannotStart, "cannot start `\(name)`: \(errno)",
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
            help: "let the shell or the service that starts the runner set a higher hard limit of open files")
    }
}

extension Command {
    /// - Throws: `ProcessError` if the program or the folder is not there, or may not be used.
    func refuseIfMissing() throws {
        guard access(directory.string, X_OK) == 0, Self.isFolder(directory) else { throw ProcessError(.folder, self) }
        guard candidates.contains(where: { isProgram(FilePath($0)) }) else { throw ProcessError(.noProgram, self) }
    }

    private func isProgram(_ path: FilePath) -> Bool {
        let file = directory.pushing(path)
        return access(file.string, X_OK) == 0 && !Self.isFolder(file)
    }

    private static func isFolder(_ path: FilePath) -> Bool {
        var status = stat()
        return stat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

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
