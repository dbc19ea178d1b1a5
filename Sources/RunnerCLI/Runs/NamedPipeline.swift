internal import PipelineKit
internal import SystemPackage

/// A pipeline as the command line names it: by its file, or by the name that the file gives it.
struct NamedPipeline: Hashable, Sendable {
    /// As it was typed.
    let text: String
    let file: FilePath

    init(_ text: String, in context: CommandContext) {
        self.text = text
        file = context.path(text)
    }

    /// A pipeline that runs are of.
    struct Known: Hashable, Sendable {
        var name: String
        var file: FilePath

        init(name: String, file: FilePath) { (self.name, self.file) = (name, file) }

        init(_ deploy: Deploy) { self.init(name: deploy.pipeline, file: deploy.file) }

        init?(_ history: RunHistory) {
            guard let started = history.started else { return nil }
            self.init(name: started.pipeline, file: FilePath(started.file))
        }
    }

    /// What is meant among the pipelines that runs are of: the file of that path, or else every pipeline of that name.
    func meant(among known: some Sequence<Known>) -> Set<Known> {
        let files = known.filter { $0.file == file }
        return Set(files.isEmpty ? known.filter { $0.name == text } : files)
    }

    /// Which there are, for help.
    ///
    /// - Parameter folder: files below it are shown relative to it.
    static func list(_ known: some Sequence<Known>, from folder: FilePath) -> String {
        let texts = Set(known).map { one in
            var file = one.file
            _ = file.removePrefix(folder)
            return "`\(one.name)` (\(file))"
        }
        let shown = texts.sorted().prefix(mostListed).joined(separator: ", ")
        return shown + (texts.count > mostListed ? " and \(texts.count - mostListed) more" : "")
    }

    private static let mostListed = 10
}
