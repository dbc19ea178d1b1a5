internal import PipelineKit
internal import SystemPackage

extension JSONDocument {
    /// What `runner validate` found, a file after the other.
    static func validation(_ files: [(path: FilePath, problems: [Problem], error: ErrorRecord?)]) -> JSONDocument {
        let isValid = { (problems: [Problem]) in problems.allSatisfy { $0.severity == .warning } }
        return JSONDocument(
            schema: "runner.validation/1", type: "validation",
            fields: [
                "valid": .bool(files.allSatisfy { isValid($0.problems) && $0.error == nil }),
                "files": .list(
                    files.map { file in
                        [
                            "file": .text(SanitizedText.clean(file.path.string)),
                            "valid": .bool(isValid(file.problems) && file.error == nil),
                            "problems": .list(file.problems.map(\.document)), "error": file.error?.document ?? .null,
                        ]
                    }),
            ])
    }
}

extension Problem {
    fileprivate var document: Value {
        [
            "severity": .text(severity.rawValue), "code": .text(code.rawValue),
            "message": .text(SanitizedText.clean(message)),
            "help": .text(help.map(SanitizedText.clean)), "line": mark.map { .integer($0.line) } ?? .null,
            "column": mark.map { .integer($0.column) } ?? .null,
        ]
    }
}
