internal import ArgumentParser
internal import PipelineKit

/// A pipeline file to start from.
enum PipelineTemplate: String, CaseIterable, ExpressibleByArgument {
    case folder, bucket, rollback
    case bucketRollback = "bucket-rollback"
    case smoke

    var summary: String {
        switch self {
        case .folder: "deploys into a folder on this machine"
        case .bucket: "deploys into an S3 bucket behind CloudFront"
        case .rollback: "goes back to an earlier release in a folder"
        case .bucketRollback: "the same for a bucket"
        case .smoke: "checks a site that is live"
        }
    }

    var fileName: String {
        switch self {
        case .folder, .bucket: "deploy.yml"
        case .rollback, .bucketRollback: "rollback.yml"
        case .smoke: "smoke.yml"
        }
    }

    /// Whether it deploys a folder, or is about a site that is deployed already.
    var isDeploy: Bool { self == .folder || self == .bucket }

    func text(_ facts: SiteFacts = SiteFacts()) -> String {
        let url = facts.deploy?.text(ofOption: "url")
        return switch self {
        case .folder: Self.deploy(facts, to: Self.folderStore(facts), switching: "<store>/current", url: Self.localURL)
        case .bucket:
            Self.deploy(
                facts, to: Self.bucketStore(facts), switching: "the distribution's origin path", url: Self.publicURL)
        case .rollback: Self.rollback(in: facts.place ?? Self.folderStore(facts), url: url ?? Self.localURL)
        case .bucketRollback: Self.rollback(in: facts.place ?? Self.bucketStore(facts), url: url ?? Self.publicURL)
        case .smoke: Self.smoke(url ?? Self.localURL)
        }
    }

    private static let bundles =
        "{{_next/static,_app/immutable,_nuxt,_astro}/**,{assets,static,media}/**/*[.-]*.*,**/*[.-]*.{js,mjs,css,wasm}}"

    private static let localURL = "http://localhost/"
    private static let publicURL = "https://www.example.com/"

    private static let distribution = "E2QWRUHAPOMQZL"

    private static func folder(_ facts: SiteFacts) -> String { "/srv/www/\(facts.name)" }
    private static func bucket(_ facts: SiteFacts) -> String { "s3://my-bucket/\(facts.name)" }

    private static func folderStore(_ facts: SiteFacts) -> String {
        """
        # Every step that has an option named store gets this one: a folder that you may write to. To make it:
        # sudo install -d -o "$(id -un)" \(folder(facts))
        with: { store: \(folder(facts)) }
        """
    }

    private static func bucketStore(_ facts: SiteFacts) -> String {
        """
        # Every step that has options of these names gets them. Keys come from where AWS's own tools look for them.
        with:
          store: \(bucket(facts))
          distribution: \(distribution)
        """
    }

    /// The options whose values in the text are examples, and not taken from the deploy beside the file.
    func examples(_ facts: SiteFacts) -> [(option: String, value: String)] {
        let url = facts.deploy?.text(ofOption: "url")
        let places: [(String, String)] =
            switch self {
            case .folder: [("store", Self.folder(facts))]
            case .bucket: [("store", Self.bucket(facts)), ("distribution", Self.distribution)]
            case .rollback: facts.place == nil ? [("store", Self.folder(facts))] : []
            case .bucketRollback:
                facts.place == nil ? [("store", Self.bucket(facts)), ("distribution", Self.distribution)] : []
            case .smoke: []
            }
        let isPublic = self == .bucket || self == .bucketRollback
        if !isDeploy, url != nil { return places }
        return places + [("url", isPublic ? Self.publicURL : Self.localURL)]
    }

    private static func deploy(
        _ facts: SiteFacts, to store: String, switching pointer: String, url: String
    ) -> String {
        """
        version: 1
        name: deploy
        \(store)
        steps:
          # Names the release after the tag of this commit: `git tag v1.0.0`. A release never changes. If the content
          # changes without a commit (a CMS, a nightly build), let every run make a release of its own:
          #   - { uses: git-tag, with: { fallback: commit, append: run } }
          - uses: git-tag
          # The folder with the finished site, beside the folder `pipelines`.
          - { uses: hash, with: { source: \(facts.sources.first ?? "public") } }
          - uses: gzip
          # To <store>/releases/<tag>. Nobody sees it yet.
          - uses: sync
          # Points \(pointer) at it: now visitors get the new release. A page that is open already still finds
          # the scripts of its own release, and of the one before: these are the folders and names that bundlers give them.
          - uses: switch-origin
            with:
              overlap:
                match: "\(Self.bundles)"
                releases: 2
          - uses: invalidate
          # Where visitors find the site. Some files that only this release has are asked for as well. If visitors do not
          # get them, the release before is live again.
          - { uses: smoke, with: { url: \(Value.text(url).json) } }
        finally:
          - uses: log

        """
    }

    private static func rollback(in store: String, url: String) -> String {
        """
        version: 1
        name: rollback
        inputs:
          to: { type: string, default: previous, description: "a release, or `previous` for the last good one" }
        \(store)
        steps:
          - { uses: release, with: { select: "${{ inputs.to }}" } }
          - { uses: switch-origin, with: { allow-older: true } }
          - uses: invalidate
          - { uses: smoke, with: { url: \(Value.text(url).json) } }
        finally:
          - uses: log

        """
    }

    private static func smoke(_ url: String) -> String {
        """
        version: 1
        name: smoke
        steps:
          - uses: smoke
            with:
              url: \(Value.text(url).json)
              checks:
                - { url: /, status: 200, contains: "</html>" }
                - { url: /no-such-page, status: 404 }

        """
    }
}
