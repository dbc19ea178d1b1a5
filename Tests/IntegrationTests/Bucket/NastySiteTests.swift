import AWS
import PipelineKit
import SystemPackage
import TestSupport
import Testing

/// Names that break careless code, from a folder into the bucket, and looked at with AWS's own library.
@Suite struct NastySiteTests {
    /// Text that is worth compressing, in files of several types. What ends with `~` is an editor's copy, and no part of a site.
    private static var names: [String] {
        BucketSyncTests.nasty.filter { $0 != "empty" && !$0.hasSuffix("~") } + [
            "it's \"quoted\" & 100%+.html", "caf\u{e9}.js", "cafe\u{301}.js", "日本語/スタイル.css", ".hidden/~a~b.svg",
        ]
    }

    private static let pipeline = """
        version: 1
        name: nasty
        steps:
          - { uses: hash, with: { source: public } }
          - uses: gzip
          - { uses: sync, with: { store: "s3://BUCKET/PREFIX", version: "${{ inputs.version }}", commit: null } }
          - { uses: mirror, with: { to: "s3://BUCKET/PREFIX-mirror", delete: true } }
        inputs:
          version: { type: string }
        """

    @Test func everyNameArrivesAsItIs() async throws {
        try await DeployedSite.with { site in
            let folder = site.project.folder
            for name in Self.names {
                try folder.write(String(repeating: "text of \(name)\n", count: 100), to: "public/\(name)")
            }
            try folder.write("", to: "public/empty.html")
            let large = [UInt8](unsafeUninitializedCapacity: 40 << 20) { buffer, count in
                for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: index &* 2_654_435_761 >> 13) }
                count = buffer.count
            }
            try folder.write(large, to: "public/a large+one %2B.bin")
            let pipeline = Self.pipeline.replacing("BUCKET", with: site.aws.s3.bucket)
                .replacing("PREFIX", with: site.prefix)
            try folder.write(pipeline, to: "nasty.yml")
            for version in ["v1", "v2"] {
                let said = try await site.run("nasty.yml", "-i", "version=\(version)")
                #expect(said.code == 0, "\(said.error)")
                #expect(try await site.differences(version) == [])
                let mirrored = try await site.outside(
                    "files", site.aws.s3.bucket, "\(site.prefix)-mirror/", folder["public"].string)
                #expect(mirrored == [])
            }
            let listing = try await site.listing("releases/v1/")
            #expect(listing.count == Self.names.count + 2)
            #expect(listing.contains { $0.contains("a large+one %2B.bin") && $0.contains("-3\"") })
            #expect(try await site.aws.s3.listMultipartUploads(prefix: site.prefix).isEmpty)
        }
    }
}
