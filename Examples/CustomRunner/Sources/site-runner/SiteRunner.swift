import PageWeightStep
import PipelineKit
import RunnerCLI
import StandardSteps

@main struct SiteRunner: RunnerMain {
    static let steps: [KindDescriptor] = StandardSteps.all + [KindDescriptor(PageWeight.self)]
}
