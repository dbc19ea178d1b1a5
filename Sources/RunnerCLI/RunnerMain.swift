internal import ArgumentParser
internal import Glibc
public import PipelineKit

/// A runner's executable: names its kinds and gets every command.
///
///     @main struct SiteRunner: RunnerMain {
///         static let steps: [any Step.Type] = StandardSteps.all + [PageWeight.self]
///     }
public protocol RunnerMain {
    static var steps: [any Step.Type] { get }
}

extension RunnerMain {
    // Off the main actor: a step that is called from an actor would block it, and with it the noticing of a signal.
    @concurrent
    public static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let code = await RunnerCommand.perform(arguments, in: .process(steps: steps))
        exit(Int32(code.rawValue))
    }
}
