import PageWeightStep
import PipelineKit
import RunnerCLI
import StandardSteps

@main struct SiteRunner: RunnerMain {
    static let steps: [any Step.Type] = StandardSteps.all + [PageWeight.self]
}
