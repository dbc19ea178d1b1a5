import MirrorStep
import PipelineKit
import Releases
import TestSupport
import Testing

@Suite struct MirrorOptionsTests {
    @Test(
        arguments: [
            (
                ["source": "a", "to": "s3://bucket/files"],
                "`to` cannot be in a bucket: this runner mirrors into folders only"
            ),
            (["to": "/srv/files"], "neither `assets` nor `source` is there: what is to be mirrored"),
            (
                ["source": "a"],
                "`to` is missing: the folder that is brought up to date: a path, or `file:///srv/www/downloads`"
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
