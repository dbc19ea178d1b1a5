/// The one place that says which runner this is: `--version`, the `User-Agent` of its requests, journals, manifests and
/// the changelog's headings have it from here. `make release VERSION=x.y.z` sets it.
public enum RunnerVersion {
    /// By Semantic Versioning; `-dev` until it is released.
    public static let text = "0.1.0-dev"
}
