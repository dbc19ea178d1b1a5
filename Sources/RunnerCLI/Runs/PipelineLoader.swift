internal import PipelineKit
internal import SystemPackage

/// Reads a pipeline file for a command and tells what is wrong with it.
struct PipelineLoader {
    let context: CommandContext

    /// Reads a file to run it.
    ///
    /// - Parameters:
    ///   - shown: the path in messages; the file itself may be a run's copy.
    ///   - inputs: as texts, by name.
    /// - Throws: `CommandError.noSuchFile`, `.badFile`, `.badInputs`, `.unsetVariables`, after every problem has been printed.
    func load(
        _ file: FilePath, shown: FilePath, inputs: [String: String]
    ) throws -> (pipeline: Pipeline, bytes: [UInt8]) {
        let (pipeline, problems, bytes) = try read(file, shown: shown, inputs: inputs)
        // Of a run that is continued, its beginning has told the warnings.
        if pipeline == nil || file == shown, let text = text(of: problems, in: bytes, of: shown) {
            context.console.note(text)
        }
        guard let pipeline else {
            let isFileGood = problems.allSatisfy { $0.severity == .warning || $0.isOfInputs }
            let isSetElsewhere = problems.allSatisfy { $0.severity == .warning || $0.code == .unsetVariable }
            throw isSetElsewhere ? CommandError.unsetVariables : isFileGood ? .badInputs : .badFile
        }
        return (pipeline, bytes)
    }

    /// Finds what is wrong with a file by itself: a missing input is not, nor an environment variable that is not set here.
    ///
    /// - Returns: no pipeline if the file is wrong, or one of these is missing.
    /// - Throws: `CommandError.noSuchFile`, `.unreadableFile`.
    func look(
        at file: FilePath, inputs: [String: String]
    ) throws -> (pipeline: Pipeline?, problems: [Problem], bytes: [UInt8]) {
        let (pipeline, found, bytes) = try read(file, shown: file, inputs: inputs)
        return (pipeline, found.filter { !$0.isOfThisPlace }, bytes)
    }

    /// What problems make of a file; nil if they are warnings.
    static func error(of problems: [Problem]) -> CommandError? {
        let errors = problems.filter { $0.severity == .error }
        guard !errors.isEmpty else { return nil }
        return errors.allSatisfy(\.isOfInputs) ? .badInputs : .badFile
    }

    private func read(
        _ file: FilePath, shown: FilePath, inputs: [String: String]
    ) throws -> (pipeline: Pipeline?, problems: [Problem], bytes: [UInt8]) {
        let bytes: [UInt8]
        do {
            bytes = try DurableFile.read(file, limit: 16 << 20)
        } catch let error as FileError where error.errno == .noSuchFileOrDirectory {
            throw CommandError.noSuchFile(shown.string, suggestion(for: shown))
        } catch let error as FileError {
            throw CommandError.unreadableFile(error)
        }
        let (pipeline, problems) = PipelineReader(registry: context.registry).read(
            bytes: bytes, path: shown, inputs: inputs, environment: context.environment)
        return (pipeline, problems, bytes)
    }

    /// The file that was meant: of the current folder, or of its `pipelines`.
    func suggestion(for missing: FilePath) -> String {
        let here = pipelineFiles(in: ".")
        let usual = pipelineFiles(in: "pipelines")
        let name = missing.lastComponent?.string ?? ""
        let nearest = Suggestion.nearest(to: name, among: (usual + here).map(\.name))
        if let nearest, let file = (usual + here).first(where: { $0.name == nearest }) {
            return "did you mean `\(file.path)`?"
        }
        if usual.isEmpty { return "`\(ProgramName.current) init` writes one to start from" }
        return "available: " + usual.map(\.path).sorted().joined(separator: ", ")
    }

    private func pipelineFiles(in folder: String) -> [(name: String, path: String)] {
        let names = (try? DurableFile.entries(of: context.path(folder))) ?? []
        return names.filter { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }.map {
            ($0, folder == "." ? $0 : "\(folder)/\($0)")
        }
    }

    /// Problems as people read them, with the lines that they are in; nil if there are none.
    func text(of problems: [Problem], in bytes: [UInt8], of path: FilePath) -> String? {
        guard !problems.isEmpty else { return nil }
        return ProblemReport(problems, path: context.shown(path), bytes: bytes).text(
            context.console.style, width: context.console.window(.error))
    }
}

extension ProblemReport {
    /// The report without the end of its last line.
    ///
    /// - Parameter width: of the window, in columns, in which sentences break between words, and lines of the file are cut;
    ///   nil if there is none.
    func text(_ style: TextStyle, width: Int?) -> String {
        let text = text(colour: style.isColoured, width: width) { text, first, others in
            guard let width, first + text.columns > width else { return [text] }
            return text.wrappedWithWholeCommands(to: width - first, below: width - others)
        }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}

extension Problem {
    /// True if a value is missing that another command line, or another environment, would give.
    fileprivate var isOfThisPlace: Bool { code == .missingInput || code == .unsetVariable }

    /// True if the command line or the environment is wrong, and not the file.
    fileprivate var isOfInputs: Bool {
        code != .pipelineFile
    }
}
