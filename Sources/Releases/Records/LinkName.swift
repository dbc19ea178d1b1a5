public import PipelineKit

extension OptionCheck where Content == String {
    /// A single name that no other part of the store uses.
    public static var linkName: Self {
        Self { name in
            guard (try? ReleaseVersion(name)) != nil else {
                return "must be one name of `A-Z a-z 0-9 . _ -`, such as `current`, not `\(name)`"
            }
            return name == "releases" ? "must not be `releases`, where the releases are" : nil
        }
    }
}
