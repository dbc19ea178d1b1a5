internal import PipelineKit
internal import Releases

extension JSONDocument {
    /// What `runner adopt` has made a release of.
    static func adopted(
        _ found: ForeignFiles, _ version: ReleaseVersion, in store: String, manifest: String
    ) -> JSONDocument {
        JSONDocument(
            schema: "runner.adopt/1", type: "adopted",
            fields: [
                "store": .text(store), "version": .text(version.name), "files": .integer(found.files),
                "compressed": .integer(found.compressed), "bytes": .integer(found.bytes), "manifest": .text(manifest),
            ])
    }
}
