internal import ArgumentParser
internal import PipelineKit
internal import Releases
internal import SystemPackage
internal import TextCoding

/// What a shell proposes while somebody types a command.
///
/// The script of `--generate-completion-script` asks the runner for whatever depends on the project. Such a lookup reads
/// files: it starts no program and asks no network. If something cannot be read, it proposes nothing.
enum Completion {
    /// The parser calls a lookup without a context of ours, so this one is set around the parser.
    @TaskLocal static var context: CommandContext?

    static let pipelineFile = CompletionKind.file(extensions: ["yml", "yaml"])
    static let kinds = lookup { $0.context.registry.names }
    static let inputs = lookup(\.inputs)
    static let runs = lookup { (try? $0.archive.state.runIDs()).map { Array($0.prefix(mostRuns)) } ?? [] }
    static let releases = lookup(\.releases)

    /// Nobody looks for a run in a list that is longer than some screens.
    private static let mostRuns = 100

    private static func lookup(_ words: @escaping @Sendable (CompletionLookup) -> [String]) -> CompletionKind {
        .custom { line, index, _ in
            guard let context else { return [] }
            return words(CompletionLookup(context: context, line: line, index: index)).filter(isSafe)
        }
    }

    /// bash expands the words that it is offered: from a file, `$(…)` would be a command.
    private static func isSafe(_ word: String) -> Bool {
        !word.isEmpty
            && word.unicodeScalars.allSatisfy { $0.isASCIIAlphanumeric || "._-=/:@+,%".unicodeScalars.contains($0) }
    }

    /// Makes a shell put no space after `name=`, whose value is typed next, and bash no backslash before the `=`.
    ///
    /// - Parameter text: the parser's script for bash, zsh or fish. fish needs no change.
    static func script(_ text: String) -> String {
        text.replacing(
            #"COMPREPLY+=("${completion}")"#,
            with: """
                COMPREPLY+=("${completion}")
                        [[ "${completion}" = *=* ]] && compopt +o filenames
                        [[ "${completion}" = *= ]] && compopt -o nospace
                """
        ).replacing(
            #"local -ar non_empty_completions=("${@:#(|:*)}")"#,
            with: #"""
                local -ar open_completions=("${(M)@:#*=}")
                    (( ${#open_completions} )) && compadd -S '' -- "${open_completions[@]}"
                    local -ar non_empty_completions=("${@:#(|:*|*=)}")
                """#)
    }
}

/// A command line that is not complete yet, and what its words name.
private struct CompletionLookup {
    let context: CommandContext
    /// The words of the command as they are typed, with quotes.
    let line: [String]
    /// The word that is completed.
    let index: Int

    /// The words without quotes, and without the one that is being typed.
    private var words: [String] {
        line.enumerated().filter { $0.offset != index }.map { word in
            String(word.element.filter { !"\"'\\".contains($0) })
        }
    }

    private func value(of option: String) -> String? {
        let words = words
        for (index, word) in words.enumerated() {
            // bash cuts `--state=DIR` into three words.
            if word == option { return words[(index + 1)...].first { $0 != "=" } }
            if word.hasPrefix(option + "=") { return String(word.dropFirst(option.count + 1)) }
        }
        return nil
    }

    private var pipelineFiles: [FilePath] {
        words.filter { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }.map(context.path)
    }

    /// Inputs that are not given yet: with their values if these are known, as `name=value`, else as `name=`.
    var inputs: [String] {
        let words = words
        let outlines = pipelineFiles.compactMap { file in
            (try? DurableFile.read(file, limit: 1 << 20)).flatMap { PipelineOutline(bytes: $0) }
        }
        return outlines.flatMap(\.inputs).filter { input in
            !words.contains(input.name) && !words.contains { $0.hasPrefix(input.name + "=") }
        }.flatMap { input in
            let values = input.kind == .boolean ? ["true", "false"] : input.choices.map(\.asText)
            return values.isEmpty ? [input.name + "="] : values.map { "\(input.name)=\($0)" }
        }
    }

    var archive: RunArchive {
        let named = value(of: "--state") ?? context.environment["RUNNER_STATE"].flatMap { $0.isEmpty ? nil : $0 }
        if let named { return RunArchive(state: StateFolder(context.path(named))) }
        if let project = value(of: "--project") { return RunArchive(state: StateFolder(in: context.path(project))) }
        return RunArchive(state: ProjectLocator(around: folder).state)
    }

    /// That of the pipeline file that is named, or the current one.
    private var folder: FilePath {
        value(of: "--pipeline").map { context.path($0).removingLastComponent() } ?? context.currentFolder
    }

    /// The releases of the site that is meant: those that its folder store has; of a bucket, those that the newest runs
    /// know.
    var releases: [String] {
        let (archive, folder) = (archive, folder)
        let reader = DeployReader(registry: context.registry, environment: context.environment)
        let deploys = ((try? archive.state.runIDs()) ?? []).prefix(Self.runsThatAreRead).compactMap { id in
            (try? archive.entry(id)).flatMap { reader.read($0)?.deploy }
        }
        let ours = deploys.filter { deploy in deploy.places.contains { folder.starts(with: $0) } }
        var versions: [String] = []
        for deploy in ours.isEmpty ? deploys : ours {
            for made in deploy.switches {
                let stored = Self.releases(inFolder: made.site.store)
                if !stored.isEmpty { return ["previous"] + stored }
                versions.append(contentsOf: [made.version, made.before?.version].compactMap { $0 })
            }
        }
        return ["previous"] + Set(versions).sorted()
    }

    private static let runsThatAreRead = 10

    /// The releases that have a manifest.
    private static func releases(inFolder url: String) -> [String] {
        guard let store = try? StoreURL(url).openFolder(in: Project(folder: "/")),
            let names = try? DurableFile.entries(of: store.root.appending("releases"))
        else { return [] }
        return names.filter { name in
            guard let version = try? ReleaseVersion(name),
                let manifest = try? DurableFile.openRegular(
                    store.path(of: .manifest(of: version)), .readOnly, followsLink: false)
            else { return false }
            try? manifest.close()
            return true
        }.sorted()
    }
}

extension Deploy.Offer {
    fileprivate var version: String? {
        if case .release(let version) = self { version } else { nil }
    }
}
