public import AWS
public import PipelineKit

extension Invalidate {
    public struct Options: StepOptions {
        @Option("the distribution whose caches are dropped; none for a folder store")
        public var distribution: DistributionID?
        @Option("paths to drop from the caches; each starts with `/`, and `*` may only be at the end", check: .paths)
        public var paths = ["/*"]
        @Option("wait until every edge has dropped them") public var wait = true

        public init() {}
    }

    public struct Output: StepOutputs {
        @Provided("the invalidation's id; null for a folder store") public var invalidation: String? = nil
        @Provided("the paths that were dropped") public var paths: [String] = []

        public init() {}
    }

    public struct Before: Codable, Hashable, Sendable {
        /// CloudFront's caller reference: a second request with it gives the same invalidation.
        public var reference: String

        public init(reference: String) {
            self.reference = reference
        }
    }
}

extension OptionCheck where Content == [String] {
    static var paths: Self {
        Self(schema: ["minItems": 1]) { paths in
            if paths.isEmpty { return "must name at least one path, such as `/*`" }
            if let wrong = paths.first(where: { !$0.hasPrefix("/") }) {
                return "has `\(wrong)`, which does not start with `/`"
            }
            guard let wrong = paths.first(where: { (try? InvalidationPath(pattern: $0)) == nil }) else { return nil }
            return "has `\(wrong)`, with a `*` that is not at the end"
        }
    }
}
