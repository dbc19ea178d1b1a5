internal import Glibc
public import PipelineKit
public import SystemPackage

/// Makes the asset list of a folder: every file that the filter takes, with its SHA-256 and content type.
public enum SourceListing {
    /// Writes the list, which is durable when this returns.
    ///
    /// - Parameters:
    ///   - source: the folder, as the pipeline file names it.
    ///   - hashes: if false, every SHA-256 is empty, and only text is read, to find out its character set.
    ///
    /// - Throws: `StepError` if the folder is missing or empty, or holds what no site can have; `FileError`.
    public static func write(
        _ source: String, in project: Project, _ filter: AssetFilter = AssetFilter(), to list: FilePath,
        hashes: Bool = true, _ progress: Progress
    ) async throws -> AssetListSink.Totals {
        let scanner = try scanner(of: source, in: project, filter)
        let files = scanner.files
        return try await OrderedWork.run(
            threads: BlockingWork.processors,
            next: { try scanner.next() },
            makeWorker: { _ in
                let digester = FileDigester(files)
                return { _, file in hashes ? try digester.asset(of: file) : try digester.unhashedAsset(of: file) }
            },
            sink: try AssetListSink(list, progress))
    }

    /// Lists the folder's files without reading them.
    ///
    /// - Throws: `StepError` `no-source` if the folder is missing; `FileError`.
    public static func scanner(
        of source: String, in project: Project, _ filter: AssetFilter = AssetFilter()
    ) throws -> AssetScanner {
        try AssetScanner(project.path(source), filter, ifMissing: advice(ifMissing: source, in: project))
    }

    private static func advice(ifMissing source: String, in project: Project) -> String {
        let advice = "build the site first, or correct `source`"
        guard FilePath(source).isRelative else { return advice }
        if let other = otherProject(with: source, than: project) {
            let found = other.pushing(FilePath(source)).lexicallyNormalized()
            return
                "relative paths start at the project's folder, which is \(project.folder); for \(found), name another with "
                + "`--project \(ShellWord.quoted(other.string))`"
        }
        return advice
            + "; relative paths start at the project's folder, which is \(project.folder): `--project FOLDER` names "
            + "another"
    }

    /// A folder that could be meant as the project: that of its pipelines, or one above it in the git checkout.
    private static func otherProject(with source: String, than project: Project) -> FilePath? {
        var candidates = [project.folder.appending("pipelines")]
        if let pipelines = project.pipelines { candidates.append(pipelines) }
        let below = candidates
        var top = project.folder
        while access(top.appending(".git").string, F_OK) != 0, !top.components.isEmpty {
            top.removeLastComponent()
            candidates.append(top)
        }
        // Outside a checkout, what lies above is somebody else's.
        if top.components.isEmpty { candidates = below }
        return candidates.first {
            (try? FileStatus.isFolder($0.pushing(FilePath(source)).lexicallyNormalized())) ?? false
        }
    }
}
