public import PipelineKit
public import Releases

/// The files that two releases share while visitors move from one to the other.
public struct OverlapOptions: StepOptions {
    @Option("files whose names change with their content, by key") public var match: Glob
    @Option("how many earlier releases' files the new one gets, the live one first", check: .within(1...20))
    public var releases = 1

    public init() {}
}
