import PipelineKit
import Releases
import SystemPackage
import Testing

@Suite struct StoreURLTests {
    @Test(arguments: [
        ("file:///srv/www/site", "file:///srv/www/site"), ("file:///srv/www/site/", "file:///srv/www/site"),
        ("file:build/site", "file:///project/build/site"), ("build/site", "file:///project/build/site"),
        ("./x/../site", "file:///project/site"), ("/srv/a b", "file:///srv/a%20b"),
        ("file:///srv/a%20b", "file:///srv/a%20b"), ("/srv/a%20b", "file:///srv/a%2520b"),
        ("file://localhost/srv", "file:///srv"), ("FILE:///srv", "file:///srv"), ("a:b", "file:///project/a:b"),
        ("s3://bucket/site/", "s3://bucket/site"), ("s3://bucket", "s3://bucket/"),
    ])
    func hasOneURL(text: String, url: String) throws {
        #expect(try StoreURL(text).resource(in: Project(folder: "/project")).url == url)
    }

    @Test func aFoldersURLReadsBackAsTheFolder() throws {
        let store = FolderStore("/srv/ü %?#&+'[]")
        guard case .folder(let path) = try StoreURL(store.resource.url) else {
            Issue.record("no folder")
            return
        }
        #expect(path == store.root.string)
    }

    @Test(arguments: [
        ("", "names no folder"), ("file:", "names no folder"), ("file://", "names no folder"),
        ("file://server/share", "names the host `server`"), ("https://x/y", "has the scheme `https:`"),
        ("s3:bucket", "names no bucket"), ("s3://", "names no bucket"), ("file:///", "root of the file system"),
        ("/", "root of the file system"), ("/a/..", "root of the file system"), ("~/site", "starts with `~`"),
        ("file:///a%2", "without two hexadecimal"), ("file:///a%zz", "without two hexadecimal"),
        ("file:///a?b", "contains `?`"), ("a\u{0}b", "zero byte"),
    ])
    func refuses(text: String, reason: String) {
        let error = #expect(throws: StepError.self) { try StoreURL(text) }
        #expect(error?.code == "bad-store" && error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test func aBucketHasNoLink() throws {
        let bucket = try StoreURL("s3://bucket/site")
        let error = #expect(throws: StepError.self) { try bucket.openFolder(in: Project(folder: "/project")) }
        #expect(error?.code == "not-a-folder-store")
        #expect(error?.message.contains("s3://bucket/site is a bucket") == true)
    }
}
