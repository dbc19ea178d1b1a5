import PipelineKit
import RunnerCLI
import StandardSteps

@main struct Runner: RunnerMain {
    static let steps: [KindDescriptor] = StandardSteps.all
}
