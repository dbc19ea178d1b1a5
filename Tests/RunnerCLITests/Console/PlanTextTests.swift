@testable import PipelineKit
import Releases
@testable import RunnerCLI
import SystemPackage
import TestSupport
import Testing

/// A plan as people read it.
@Suite struct PlanTextTests {
    private static func sync(
        _ changes: [Change], _ files: ChangeList.Files, _ summary: String = "v2, compared with v1, which visitors have"
    ) -> ChangeList {
        var list = ChangeList(changes)
        (list.files, list.summary) = (files, summary)
        return list
    }

    private static var files: ChangeList.Files {
        var files = ChangeList.Files()
        (files.new, files.changed, files.gone, files.unchanged) = (2, 1, 1, 3)
        (files.bytes, files.areLive) = (15_100, true)
        return files
    }

    private static let changes = [
        Change(.add, "assets/app-1f2e3d.js", bytes: 12_000),
        Change(.copy, "assets/logo.svg", detail: "as in v1", bytes: 700),
        Change(.add, "feed.xml", detail: "cache-control: public, max-age=300", bytes: 900),
        Change(.replace, "index.html", bytes: 2_200, oldBytes: 2_100),
        Change(.remove, "old.html", detail: "not in the new release"),
        Change(.copy, "robots.txt", detail: "as in v1", bytes: 30),
        Change(.copy, "site.css", detail: "as in v1", bytes: 1_400),
    ]

    private static func text(
        _ steps: [PlannedStep], width: Int? = 80, isWhole: Bool = false, overlap: PlanText.Overlap = .none
    ) -> String {
        let plan = Plan(pipeline: "deploy", runID: "run-1", folder: "/f", steps: steps)
        return PlanText(
            plan: plan, style: TextStyle(isColoured: false),
            order: OutputOrder(Pipeline(name: "", path: "", steps: [])),
            width: width, isWhole: isWhole, overlap: overlap
        ).lines.joined(separator: "\n")
    }

    private static var deploy: [PlannedStep] {
        var upload = sync(changes, files)
        upload.notes = ["cache-control: 4 no-cache, 1 immutable, 1 `public, max-age=300`"]
        upload.unprovenRights = ["s3:PutObject", "s3:DeleteObject"]
        var switching: ChangeList = [Change(.point, "distribution E2Q", detail: "from v1 to v2: its commit is newer")]
        switching.summary = "v1 -> v2"
        switching.unprovenRights = ["cloudfront:UpdateDistribution"]
        return [
            PlannedStep(id: "tag", kind: "git-tag", verdict: .ran(outputs: [:]), summary: "v2 at 55b0485cc17c"),
            PlannedStep(id: "list", kind: "hash", verdict: .ran(outputs: ["files": 6, "bytes": 17_230])),
            PlannedStep(id: "upload", kind: "sync", verdict: .changes(upload)),
            PlannedStep(id: "switch", kind: "switch-origin", verdict: .changes(switching)),
            PlannedStep(
                id: "caches", kind: "invalidate",
                verdict: .changes([Change(.remove, "/*", detail: "from the caches of E2Q")])),
            PlannedStep(id: "check", kind: "smoke", verdict: .looks),
            PlannedStep(
                id: "notify", kind: "exec", verdict: .changes([Change(.run, "./notify.sh", detail: "in /srv/p")])),
            PlannedStep(id: "record", kind: "log", verdict: .unknown(after: ["check"])),
            PlannedStep(id: "other", kind: "exec", verdict: .skipped(reason: "its condition is false")),
        ]
    }

    @Test func aDeployIsADiff() {
        #expect(
            Self.text(Self.deploy) == """
                  ok       tag     v2 at 55b0485cc17c
                  ok       list    bytes=17230 files=6
                  change   upload  v2, compared with v1, which visitors have
                           + assets/app-1f2e3d.js  11.7 KiB
                           + feed.xml              900 B  cache-control: public, max-age=300
                           ~ index.html            2.1 KiB -> 2.1 KiB
                           - old.html  not in the new release: 404
                           cache-control: 4 no-cache, 1 immutable, 1 `public, max-age=300`
                  change   switch  v1 -> v2
                  change   caches  remove /* from the caches of E2Q
                  looks    check   only looks, and not before a run
                  change   notify  ./notify.sh in /srv/p
                  open     record  known after run of check
                  skipped  other   its condition is false
                2 new, 1 changed, 1 gone (404), 3 unchanged; 14.7 KiB to send
                a plan cannot know whether these are allowed, for it uses none of them:
                  s3:PutObject, s3:DeleteObject, cloudfront:UpdateDistribution
                this is what `runner run` would do; nothing was changed
                """)
    }

    @Test func inANarrowWindow() {
        #expect(
            Self.text(Self.deploy, width: 60) == """
                  ok       tag     v2 at 55b0485cc17c
                  ok       list    bytes=17230 files=6
                  change   upload  v2, compared with v1, which visitors have
                           + assets/app-1f2e3d.js  11.7 KiB
                           + feed.xml              900 B  cache-control: public, max-age=300
                           ~ index.html            2.1 KiB -> 2.1 KiB
                           - old.html  not in the new release: 404
                           cache-control: 4 no-cache, 1 immutable, 1 `public, max-age=300`
                  change   switch  v1 -> v2
                  change   caches  remove /* from the caches of E2Q
                  looks    check   only looks, and not before a run
                  change   notify  ./notify.sh in /srv/p
                  open     record  known after run of check
                  skipped  other   its condition is false
                2 new, 1 changed, 1 gone (404), 3 unchanged; 14.7 KiB to
                  send
                a plan cannot know whether these are allowed, for it uses
                  none of them: s3:PutObject, s3:DeleteObject,
                  cloudfront:UpdateDistribution
                this is what `runner run` would do; nothing was changed
                """)
    }

    @Test(arguments: [120, nil]) func inAWideWindowAndOffATerminal(width: Int?) {
        let rights = ["s3:PutObject, s3:DeleteObject,", "cloudfront:UpdateDistribution"]
        let lines = Self.text(Self.deploy, width: width).split(separator: "\n").map(String.init)
        #expect(
            lines.dropFirst(14).joined(separator: "\n") == """
                2 new, 1 changed, 1 gone (404), 3 unchanged; 14.7 KiB to send
                a plan cannot know whether these are allowed, for it uses none of them: \
                \(rights.joined(separator: width == nil ? " " : "\n  "))
                this is what `runner run` would do; nothing was changed
                """)
    }

    /// Rows break as those of a run do; files keep a line each.
    @Test func aNarrowWindowBreaksRows() {
        let rows = Self.text(Self.deploy, width: 50).split(separator: "\n").map(String.init)
        #expect(rows[2...3] == ["  change   upload  v2, compared with v1, which", "                   visitors have"])
        #expect(rows[5] == "           + feed.xml              900 B  cache-control: public, max-age=300")
    }

    @Test func everythingIsListedIfThatIsAskedFor() {
        let rows = Self.text(Self.deploy, width: 50, isWhole: true).split(separator: "\n").map(String.init)
        #expect(
            rows[2...10] == [
                "  change   upload  v2, compared with v1, which",
                "                   visitors have",
                "           + assets/app-1f2e3d.js  11.7 KiB",
                "           = assets/logo.svg       700 B  as in v1",
                "           + feed.xml              900 B  cache-control: public, max-age=300",
                "           ~ index.html            2.1 KiB -> 2.1 KiB",
                "           - old.html  not in the new release: 404",
                "           = robots.txt            30 B  as in v1",
                "           = site.css              1.4 KiB  as in v1",
            ])
        #expect(rows.contains("           ~ distribution E2Q  from v1 to v2: its commit is newer"))
    }

    /// Among thousands of copies, nobody finds the one new file.
    @Test func whatIsNewIsNeverLostAmongCopies() {
        var list = ChangeList((0..<3_000).map { Change(.copy, "copy-\($0)") })
        for number in 0..<30 { list.add(Change(.add, "new-\(number)", bytes: 1)) }
        var files = ChangeList.Files()
        (files.new, files.unchanged, files.bytes) = (30, 3_000, 30)
        (list.files, list.summary) = (files, "v2, compared with v1")
        let text = Self.text([PlannedStep(id: "upload", kind: "sync", verdict: .changes(list))])
        #expect(text.contains("+ new-0 ") && text.contains("+ new-19 ") && !text.contains("new-20"))
        #expect(!text.contains("copy-"))
        #expect(text.contains("\n           and 10 more; `-v` lists them\n30 new, 3,000 unchanged; 30 B to send\n"))
        #expect(list.first.count == ChangeList.limit && list.first.last?.subject == "new-29")
    }

    @Test func aFirstReleaseIsOneLine() {
        var list = ChangeList((0..<317).map { Change(.add, "\($0)", bytes: 10) })
        var files = ChangeList.Files()
        (files.new, files.bytes) = (317, 3_170)
        list.files = files
        list.summary = "317 files, 3.1 KiB: the first release of this store"
        list.isWorthListing = false
        #expect(
            Self.text([PlannedStep(id: "upload", kind: "sync", verdict: .changes(list))]) == """
                  change   upload  317 files, 3.1 KiB: the first release of this store
                this is what `runner run` would do; nothing was changed
                """)
    }

    /// Each of two sites says its own, and the end what both come to.
    @Test func twoSitesAreCountedEach() {
        let steps = ["shop", "blog"].map {
            PlannedStep(id: $0, kind: "sync", verdict: .changes(Self.sync([], Self.files, "v2, compared with v1")))
        }
        var full = steps
        for index in full.indices {
            full[index].verdict = .changes(Self.sync([Self.changes[0]], Self.files, "v2, compared with v1"))
        }
        #expect(
            Self.text(full, width: 200, overlap: .unknown) == """
                  change   shop  v2, compared with v1: 2 new, 1 changed, 1 gone (404, unless `overlap` keeps it), 3 unchanged;
                                 14.7 KiB to send
                           + assets/app-1f2e3d.js  11.7 KiB
                  change   blog  v2, compared with v1: 2 new, 1 changed, 1 gone (404, unless `overlap` keeps it), 3 unchanged;
                                 14.7 KiB to send
                           + assets/app-1f2e3d.js  11.7 KiB
                4 new, 2 changed, 2 gone (404, unless `overlap` keeps it), 6 unchanged; 29.5 KiB to send
                this is what `runner run` would do; nothing was changed
                """)
    }

    /// A file that `overlap` keeps is not missed by anybody, and no other one is kept.
    @Test func whatOverlapKeepsIsNotGone() throws {
        var list = Self.sync(
            [
                Change(.remove, "assets/index-1a2b.js", detail: "not in the new release"),
                Change(.remove, "old.html", detail: "not in the new release"),
            ], Self.files)
        var files = ChangeList.Files()
        (files.gone, files.areLive, files.unchanged) = (2, true, 5)
        list.files = files
        let steps = [PlannedStep(id: "upload", kind: "sync", verdict: .changes(list))]
        let text = Self.text(steps, width: 200, overlap: .matching(try Glob("assets/**")))
        #expect(text.contains("- assets/index-1a2b.js  not in the new release: kept by `overlap`\n"), "\(text)")
        #expect(text.contains("- old.html  not in the new release: 404\n"), "\(text)")
        #expect(text.contains("\n1 gone (404), 1 kept by `overlap`, 5 unchanged; nothing to send\n"), "\(text)")
        // Of a list that is longer than what is kept of it, nobody can tell how many.
        for number in 0..<ChangeList.limit { list.add(Change(.remove, "assets/\(number).js", detail: "")) }
        files.gone += ChangeList.limit
        list.files = files
        let long = Self.text(
            [PlannedStep(id: "upload", kind: "sync", verdict: .changes(list))], width: 200,
            overlap: .matching(try Glob("assets/**")))
        #expect(long.contains("\n1,002 gone (404, unless `overlap` keeps it), 5 unchanged"), "\(long)")
    }

    @Test func aFailureIsAtTheEnd() {
        let error = ErrorRecord(
            code: "permission-denied", message: "cannot write into /srv: permission denied", help: nil)
        #expect(
            Self.text([
                PlannedStep(id: "tag", kind: "git-tag", verdict: .nothing(outputs: [:])),
                PlannedStep(id: "upload", kind: "sync", verdict: .fails(error)),
            ]) == """
                  same     tag     nothing to do
                  FAILED   upload  would fail: cannot write into /srv: permission denied
                a run would fail; nothing was changed
                """)
    }

    /// What servers and files are named cannot move the cursor.
    @Test func namesAreHarmless() {
        let evil = "a\u{1B}[2Jb\nc"
        var list = Self.sync([Change(.add, evil, detail: evil, bytes: 1)], Self.files, evil)
        list.notes = [evil]
        let text = Self.text([PlannedStep(id: "upload", kind: "sync", verdict: .changes(list))])
        #expect(!text.contains("\u{1B}") && text.contains("           + ab c  1 B  ab c"), "\(text)")
    }
}
