import FoundationEssentials
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Which programs a command starts because a checkout or a pipeline file names them. Each of the programs here writes its
/// name into the file `started`.
@Suite struct ProgramTests {
    private let project: CommandProject

    init() async throws {
        project = try CommandProject()
        try project.folder.write(Self.script, to: "make.sh")
        try await project.typeWell("sh make.sh", environment: Self.identity)
    }

    private static let identity = [
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.com",
    ]

    /// Makes `site`, a checkout with a submodule, whose settings name a program wherever git takes one. The file `a` is
    /// older than the index says, so that git must look into it.
    private static let script = #"""
        set -e
        top=$PWD
        mkdir bin hooks
        for name in mark bin/git bin/git-lfs bin/sh hooks/post-index-change hooks/reference-transaction hooks/pre-auto-gc; do
            printf '#!/bin/sh\necho "%s $*" >> %s/started\n' $name "$top" > $name
            chmod +x $name
        done
        git init -q -b main inner
        echo one > inner/b
        echo 'b filter=odd' > inner/.gitattributes
        git -C inner add -A
        git -C inner commit -qm inner
        git init -q -b main site
        cd site
        echo one > a
        echo 'a filter=odd diff=odd' > .gitattributes
        printf '.runner/\n*.yml\n' > .gitignore
        git -c protocol.file.allow=always submodule --quiet add ../inner sub
        git add -A
        git commit -qm one
        git tag v1.0.0
        for folder in . sub; do
            cd $folder
            for key in core.fsmonitor core.sshCommand core.gitProxy core.askPass core.pager core.editor \
                core.alternateRefsCommand diff.external diff.odd.textconv diff.odd.command filter.odd.clean \
                filter.odd.smudge filter.lfs.clean filter.lfs.process gpg.program gpg.ssh.program gpg.x509.program \
                credential.helper pager.status pager.log pager.tag remote.origin.uploadpack remote.origin.vcs \
                sequence.editor interactive.diffFilter merge.odd.driver trailer.odd.command; do
                git config $key "$top/mark $folder:$key"
            done
            for key in alias.status alias.log alias.describe alias.tag credential.helper submodule.sub.update; do
                git config --add $key "!$top/mark $folder:$key"
            done
            git config core.hooksPath "$top/hooks"
            git config log.showSignature true
            git config status.submoduleSummary true
            git config filter.odd.required true
            git config remote.origin.url "ext::$top/mark $folder:remote.origin.url"
            git config protocol.ext.allow always
            cd "$top/site"
        done
        touch -d 2020-01-01 a sub/b
        """#

    private func write(_ options: String = "", environment: String = "") throws {
        try project.folder.write(
            """
            version: 1
            name: tag
            steps:
              - { id: tag, uses: git-tag, with: { fallback: describe\(options) }, env: { \(environment) } }

            """, to: "site/tag.yml")
    }

    private var started: [String] {
        (try? project.text("started").split(separator: "\n").map(String.init).sorted()) ?? []
    }

    private func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Said {
        let process = try project.start(arguments, environment: environment, in: "site")
        return try await project.said(by: process)
    }

    /// `plan` tells what a run would do, without a program of the checkout's.
    @Test func noCommandThatOnlyLooksStartsAProgramOfTheCheckout() async throws {
        try write()
        for arguments in [
            ["validate", "tag.yml"], ["validate", "--explain", "tag.yml"], ["steps"], ["schema"], ["runs"],
            ["plan", "tag.yml"], ["plan", "-v", "--json", "tag.yml"], ["run", "--dry-run", "tag.yml"],
        ] {
            let said = try await project.said(by: project.start(arguments, environment: [:], in: "site"))
            #expect(said.code == 0, "\(arguments): \(said.error)")
            #expect(started == [], "\(arguments)")
            if arguments == ["plan", "tag.yml"] { #expect(said.output.contains("v1.0.0 at"), "\(said.output)") }
        }
    }

    /// A filter that git talks to, and one that no setting may turn off by its name.
    @Test(arguments: ["filter.odd.process", "filter.a=b.clean"]) func otherFilters(key: String) async throws {
        try write()
        try project.folder.write("a filter=odd\nc filter=a=b\n", to: "site/.gitattributes")
        try project.folder.write("c", to: "site/c")
        try await project.typeWell(
            "cd site; git add c; touch -d 2020-01-01 a c; git config '\(key)' '\(project.folder["mark"]) \(key)'; rm -f ../started"
        )
        let said = try await run("plan", "tag.yml")
        #expect(started == [])
        #expect(said.code == (key.contains("=") ? 1 : 0), "\(said.error)")
        #expect(said.output.contains("a plan cannot turn off one with `=` in its name") == key.contains("="))
    }

    /// What changes in a file of a filter, a plan does not see; everything else it does.
    @Test func aPlanSeesChanges() async throws {
        try write(", require-clean: true")
        try project.folder.write("two", to: "site/a")
        #expect(try await run("plan", "tag.yml").code == 0)
        try project.folder.write("new", to: "site/new.html")
        let said = try await run("plan", "tag.yml")
        #expect(said.code == 1 && said.output.contains("`?? new.html`"), "\(said.output)")
        #expect(started == [])
    }

    /// The commit of a tag is missing, as in a partial clone: git would ask the remote for it, by a program.
    @Test func aPlanFetchesNothing() async throws {
        try write()
        try await project.typeWell(
            """
            cd site; git config core.repositoryFormatVersion 1; git config extensions.partialClone origin
            git config remote.origin.promisor true; echo 1234567890123456789012345678901234567890 > .git/refs/tags/v2.0.0
            rm -f ../started
            """)
        _ = try await run("plan", "tag.yml")
        #expect(started == [])
    }

    /// Variables of the step that name programs.
    @Test func thePlanOfAStrangersFileTakesNoProgramFromIt() async throws {
        let top = project.folder.path.string
        try project.folder.write("[core]\n  fsmonitor = \(top)/mark home\n", to: "home/.gitconfig")
        for environment in [
            "PATH: \"\(top)/bin:/usr/bin:/bin\"", "GIT_EXEC_PATH: \(top)/bin", "HOME: \(top)/home",
            "GIT_CONFIG_COUNT: 1, GIT_CONFIG_KEY_0: core.fsmonitor, GIT_CONFIG_VALUE_0: \(top)/mark",
        ] {
            try write(environment: environment)
            #expect(try await run("plan", "tag.yml").code == 0)
            #expect(started == [], "\(environment)")
        }
        try project.folder.write("[default]\ncredential_process = \(top)/mark process\n", to: "home/.aws/config")
        for environment in [
            "AWS_CONFIG_FILE: \(top)/home/.aws/config", "AWS_SHARED_CREDENTIALS_FILE: \(top)/home/.aws/config",
            "HOME: \(top)/home",
        ] {
            try project.folder.write(
                """
                version: 1
                name: sync
                steps:
                  - { uses: hash, with: { source: sub } }
                  - uses: sync
                    with: { store: "s3://bucket/site", version: v1 }
                    env: { \(environment) }

                """, to: "site/sync.yml")
            let said = try await run(
                "plan", "sync.yml", environment: ["AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1"])
            #expect(said.code == 1 && said.output.contains("no AWS credentials were found"), "\(said.output)")
            #expect(started == [], "\(environment)")
        }
    }

    /// A run may start what a trusted branch names, but nothing that a query does not need.
    @Test func aRunStartsWhatItNeeds() async throws {
        try write()
        let said = try await run("run", "tag.yml")
        #expect(said.code == 0, "\(said.error)")
        #expect(
            Set(started.map { $0.split(separator: " ")[1] }).isSubset(of: [
                ".:filter.odd.clean", "sub:filter.odd.clean",
            ]))
    }

    @Test func whatIsThereAfterwardsIsShownWithoutAProgram() async throws {
        try write()
        _ = try await run("run", "tag.yml")
        try? FileManager.default.removeItem(atPath: project.folder["started"].string)
        for arguments in [["show"], ["show", "--json"], ["runs"], ["runs", "--json"]] {
            let said = try await project.said(by: project.start(arguments, environment: [:], in: "site"))
            #expect(said.code == 0 && started == [], "\(arguments): \(said.error)")
        }
    }
}
