internal import PipelineKit

/// What a command prints, in the form that its options ask for. Nothing else asks which form that is.
struct CommandOutput: Sendable {
    let console: Console
    var format = OutputFormat.text
    /// As the options say.
    var verbosity = Verbosity.normal

    /// True if people asked for everything that there is to tell.
    var tellsEverything: Bool { verbosity == .verbose && format == .text }

    /// Prints the result for programs: the only thing that standard output gets in this form.
    func document(_ document: @autoclosure () -> JSONDocument) {
        if format == .json { console.print(document().line) }
    }

    /// Prints the result for people.
    func text(_ lines: @autoclosure () -> [String]) {
        if format == .text { lines().forEach(console.print) }
    }

    /// Prints a result of any length for people, line by line.
    func text(_ write: ((String) -> Void) throws -> Void) rethrows {
        if format == .text { try write(console.print) }
    }

    /// Tells people something beside the result, on standard error.
    ///
    /// - Parameter isBad: whether it says what went wrong, which `--quiet` does not keep back. In JSON the document says
    ///   it.
    func note(_ line: String, isBad: Bool = false) {
        if notes > .quiet || isBad && format == .text { console.note(line) }
    }

    /// Tells people of an error that does not end the command. In JSON the document says it.
    func note(_ error: any Error) {
        for line in ErrorLines(style: console.style, width: console.window(.error)).lines(ErrorRecord(error)) {
            note(line, isBad: true)
        }
    }

    /// Tells of an error that ends the command with `exit`.
    func report(_ error: any Error, exit: Exit) {
        console.report(error)
        document(.error(error, exit: exit))
    }

    /// How much standard error gets beside what goes wrong: in JSON nothing, unless more is asked for.
    var notes: Verbosity {
        switch format {
        case .text: verbosity
        case .json: verbosity == .normal ? .quiet : verbosity
        }
    }
}

/// The form of what a command writes to standard output.
enum OutputFormat: String, CaseIterable, Sendable {
    case text
    /// See docs/json.md.
    case json

    /// Whether somebody who could answer a question reads it.
    var isForPeople: Bool { self == .text }
}

/// How much is told.
enum Verbosity: Int, Comparable, Sendable {
    case quiet, normal, verbose

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
