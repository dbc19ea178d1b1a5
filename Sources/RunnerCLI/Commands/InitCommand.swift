internal import ArgumentParser
internal import PipelineKit
internal import SystemPackage

struct InitCommand: LookupCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Writes a pipeline file to start from.",
        discussion: "Templates: " + Template.allCases.map { "\($0.rawValue) (\($0.summary))" }.joined(separator: "; ")
            + ".")

    enum Template: String, CaseIterable, ExpressibleByArgument {
        case folder, rollback, smoke

        var summary: String {
            switch self {
            case .folder: "deploys into a folder store"
            case .rollback: "goes back to an earlier release"
            case .smoke: "checks a site that is live"
            }
        }
    }

    @Argument(help: "What to start from.") var template: Template = .folder
    @ArgumentParser.Option(name: .shortAndLong, help: "Where to write it (default: pipelines/<its name>.yml).")
    var output: String?

    func run(in context: CommandContext) throws -> Exit {
        let path = context.path(output ?? "pipelines/\(template.fileName)")
        if (try? DurableFile.read(path)) != nil { throw CommandError.fileExists(path.string) }
        try DurableFile.makeFolder(
            path.removingLastComponent(), mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
        try DurableFile.write(
            Array(template.text.utf8), to: path, mode: [.ownerReadWrite, .groupRead, .otherRead])
        context.console.print(path.string)
        context.console.note("next: look through it, then `runner validate \(path)` and `runner plan \(path)`")
        return .success
    }
}

extension InitCommand.Template {
    var fileName: String {
        switch self {
        case .folder: "deploy.yml"
        case .rollback: "rollback.yml"
        case .smoke: "smoke.yml"
        }
    }

    var text: String {
        switch self {
        case .folder:
            """
            version: 1
            name: deploy
            # Every step that has an option named store gets this one.
            with: { store: /srv/www/my-site }
            steps:
              # Names the release after the tag of this commit: `git tag v1.0.0`.
              - uses: git-tag
              # The folder with the finished site, relative to the top of the git checkout.
              - { uses: hash, with: { source: public } }
              - uses: gzip
              # To /srv/www/my-site/releases/<tag>.
              - uses: sync
              # /srv/www/my-site/current is what your web server serves.
              - uses: switch-origin
              - uses: invalidate
              # Where visitors find the site. If this check fails, the release before is live again.
              - { uses: smoke, with: { url: "http://localhost/" } }
            finally:
              - uses: log

            """
        case .rollback:
            """
            version: 1
            name: rollback
            inputs:
              to: { type: string, default: previous, description: "a release, or `previous` for the last good one" }
            with: { store: /srv/www/my-site }
            steps:
              - { uses: release, with: { select: "${{ inputs.to }}" } }
              - { uses: switch-origin, with: { allow-older: true } }
              - uses: invalidate
              - { uses: smoke, with: { url: "http://localhost/" } }
            finally:
              - uses: log

            """
        case .smoke:
            """
            version: 1
            name: smoke
            steps:
              - uses: smoke
                with:
                  url: "http://localhost/"
                  checks:
                    - { url: /, status: 200, contains: "</html>" }
                    - { url: /no-such-page, status: 404 }

            """
        }
    }
}
