/// The one place that says which runner this is: `--version`, the `User-Agent` of its requests, journals, manifests and
/// the changelog's headings take the version from here. `make release VERSION=x.y.z` sets it.
public enum RunnerVersion {
    /// The version by Semantic Versioning; it has `-dev` until it is released.
    public static let text = "0.1.0-dev"
}
