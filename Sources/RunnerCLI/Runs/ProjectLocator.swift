internal import PipelineKit
internal import SystemPackage

/// Where the relative paths of the pipeline files in a folder start, and where their runs are kept.
///
/// If the folder is named `pipelines`, paths start at the folder above it, which has the site beside `pipelines`: also
/// in a repository of several sites. Otherwise they start at the top of the git checkout, or in the folder itself if
/// there is none. The runs of all sites of a checkout are kept at its top, so that commands find them from any folder of
/// it.
struct ProjectLocator {
    let project: Project
    let state: StateFolder

    /// - Parameter folder: of pipeline files, or the one in which a command is typed. Absolute.
    init(around folder: FilePath) {
        let top = GitCheckout.top(around: folder)
        let start = Self.home(ofPipelinesIn: folder, in: top) ?? top ?? folder
        project = Project(folder: start, pipelines: folder)
        state = StateFolder(in: top ?? start)
    }

    /// The folder above one that is named `pipelines`; nil if it is none of a site.
    private static func home(ofPipelinesIn folder: FilePath, in top: FilePath?) -> FilePath? {
        let home = folder.removingLastComponent()
        guard folder.lastComponent?.string == "pipelines", folder != top, !home.isEmpty, home.components.count > 0
        else { return nil }
        // Older runners took the folder itself. A folder with such runs stays as it is.
        if top == nil, (try? FileStatus.isFolder(StateFolder(in: folder).runs)) ?? true { return nil }
        return home
    }
}

extension StateFolder {
    /// The one that a folder has if no other is named.
    init(in folder: FilePath) { self.init(folder.appending(".runner")) }
}
