import MirrorStep
import PipelineKit
import Releases
import TestSupport
import Testing

@Suite struct MirrorOptionsTests {
    @Test(
        arguments: [
            (
                ["source": "a", "to": "/srv/files", "part-size": "8MiB"],
                "`part-size` only applies to buckets, and `to` is a folder"
            ),
            (
                [
                    "source": "a", "to": "s3://b/p",
                    "headers": [["match": "**", "headers": ["X-Frame-Options": "DENY"]]],
                ],
                "a bucket does not keep the header `x-frame-options`"
            ),
            (["to": "/srv/files"], "set one of `assets` or `source`: what to mirror"),
            (
                ["source": "a"],
                "`to` is missing: the target: a folder, or a bucket's prefix such as `s3://bucket/downloads`"
            ),
        ] as [([String: Value], String)])
    func refusesWrongOptions(fields: [String: Value], message: String) {
        #expect(Mirror.Options.problems(fields).map(\.message) == [message])
    }

    @Test func deletesNothingUnlessTold() throws {
        let options = try Mirror.Options.test(["source": "a", "to": "file:///srv/files"])
        #expect(!options.delete && !options.allowEmpty && options.to == .folder("/srv/files"))
    }
}
