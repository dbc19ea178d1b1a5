internal import Dispatch
internal import Glibc
public import PipelineKit

/// A runner's executable: names its kinds and gets every command.
///
///     @main struct SiteRunner: RunnerMain {
///         static let steps: [KindDescriptor] = StandardSteps.all + [KindDescriptor(PageWeight.self)]
///     }
public protocol RunnerMain: SendableMetatype {
    static var steps: [KindDescriptor] { get }
}

extension RunnerMain {
    public static func main() {
        ProcessSetup.perform()
        ProgramName.take(fromPath: CommandLine.arguments.first ?? "")
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch RunnerCommand.begin(arguments, in: .process(steps: { steps })) {
        case .ended(let code): exit(Int32(code.rawValue))
        case .continues(let rest):
            // Off the main actor: a step that an actor calls would block it, and no signal would be noticed.
            Task.detached { exit(Int32(await rest().rawValue)) }
        }
        dispatchMain()
    }
}
