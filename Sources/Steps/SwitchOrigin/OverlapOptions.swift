public import PipelineKit
public import Releases

/// Which files two releases share while viewers go from one to the other.
public struct OverlapOptions: StepOptions {
    @Option("files whose names change with their content, by key") public var match: Glob
    @Option("how many earlier releases' files the new one gets, the live one first", check: .within(1...20))
    public var releases = 1

    public init() {}
}
