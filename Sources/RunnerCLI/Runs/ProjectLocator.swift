internal import Glibc
internal import PipelineKit
internal import SystemPackage

/// Finds the project that a file or folder belongs to.
enum ProjectLocator {
    /// The top of the git checkout around a folder, or the folder itself if there is none.
    static func project(around folder: FilePath) -> Project {
        var candidate = folder
        while true {
            // In a worktree and in a submodule `.git` is a file.
            if access(candidate.appending(".git").string, F_OK) == 0 { return Project(folder: candidate) }
            let parent = candidate.removingLastComponent()
            if parent == candidate || parent.isEmpty { return Project(folder: folder) }
            candidate = parent
        }
    }
}
