import Releases
import Testing

@Suite struct ContentTypeTests {
    @Test(arguments: [
        ("index.html", "text/html; charset=utf-8"),
        ("a.b/INDEX.HTML", "text/html; charset=utf-8"),
        ("app.mjs", "text/javascript; charset=utf-8"),
        ("data.json", "application/json; charset=utf-8"),
        ("logo.svg", "image/svg+xml; charset=utf-8"),
        ("site.webmanifest", "application/manifest+json; charset=utf-8"),
        ("app.wasm", "application/wasm"),
        ("a.woff2", "font/woff2"),
        ("photo.JPEG", "image/jpeg"),
        ("a.tar.gz", "application/gzip"),
        ("LICENSE", "text/plain; charset=utf-8"),
        ("v1.html/LICENSE-MIT", "text/plain; charset=utf-8"),
        ("license", "application/octet-stream"),
        ("dist/SHA256SUMS", "text/plain; charset=utf-8"),
        ("CNAME", "text/plain; charset=utf-8"),
        ("v1.html/info", "application/octet-stream"),
        ("logo.svgz", "image/svg+xml; charset=utf-8"),
        ("clip.ts", "video/mp2t"),
        ("map.kmz", "application/vnd.google-earth.kmz"),
        ("setup.exe", "application/x-msdos-program"),
        ("data.nt", "application/n-triples; charset=utf-8"),
        ("ca.crt", "application/x-x509-ca-cert"),
        ("a.unknown-ending-that-is-long", "application/octet-stream"),
        (".well-known/apple-app-site-association", "application/json; charset=utf-8"),
        ("apple-app-site-association", "application/json; charset=utf-8"),
        (".well-known/matrix/server", "application/json; charset=utf-8"),
        ("sub/.well-known/webfinger", "application/jrd+json; charset=utf-8"),
        (".well-known/acme-challenge/Ab_-9", "text/plain; charset=utf-8"),
        (".well-known/unknown", "application/octet-stream"),
        ("matrix/server", "application/octet-stream"),
        ("", "application/octet-stream"),
    ])
    func theEndingDecides(key: String, type: String) {
        #expect(ContentType.of(key) == type)
    }

    @Test(arguments: [
        "a.html", "a.json", "a.jsonld", "a.svg", "a.rss", "a.wasm", "a.ttf", "a.ico", "a.eot", "a.geojson",
    ])
    func textAndItsLikeAreWorthCompressing(key: String) {
        #expect(ContentType.isCompressible(ContentType.of(key)))
    }

    /// Other files are read by programs that do not ask for compressed bytes, and do not unpack them.
    @Test(arguments: [
        ("a.html", true), ("a.css", true), ("a.js", true), ("a.mjs", true), ("a.svg", true), ("a.wasm", true),
        ("site.webmanifest", true), ("app.js.map", true), ("a.ttf", true), ("a.otf", true), ("a.eot", true),
        ("a.json", false), ("feed.xml", false), ("robots.txt", false), ("install.sh", false), ("a.woff2", false),
        ("SHA256SUMS", false), ("a.rss", false), ("a.md", false), ("a.csv", false), ("a.ico", false),
    ])
    func browsersAloneLoad(key: String, isSo: Bool) {
        #expect(ContentType.isForBrowsers(key, ContentType.of(key)) == isSo)
    }

    @Test(arguments: [
        ("app.js.gz", true, "text/javascript", "gzip"),
        ("app.js.zst", true, "text/javascript", "zstd"),
        ("a/data.json.br", true, "application/json", "br"),
        ("Build/game.wasm.br", false, "application/wasm", "br"),
        ("Build/game.wasm.gz", false, "application/wasm", "gzip"),
        ("Build/game.framework.js.gz", false, "text/javascript", "gzip"),
        ("Build/game.data.gz", true, "application/octet-stream", "gzip"),
        ("Build/game.data.br", true, "application/octet-stream", "br"),
        ("site.css.zst", false, "text/css", "zstd"),
        ("logo.svgz", false, "image/svg+xml; charset=utf-8", "gzip"),
    ])
    func aCompressedFormHasTheTypeOfItsOriginal(key: String, isBeside: Bool, type: String, coding: String) {
        let found = ContentCoding.of(key, isBesideOriginal: isBeside)
        #expect(found?.type == type && found?.coding == coding)
    }

    /// Whoever gets one of these wants it as it is.
    @Test(arguments: [
        ("site.tar.gz", false), ("site.tar.gz", true), ("list.txt.gz", true), ("iris.data.gz", false),
        ("dump.sql.zst", true), ("x.br", false), (".gz", true), ("photo.jpg", false),
    ])
    func anArchiveStaysAnArchive(key: String, isBeside: Bool) {
        #expect(ContentCoding.of(key, isBesideOriginal: isBeside) == nil)
    }

    @Test(arguments: ["a.png", "a.jpg", "a.woff2", "a.zip", "a.mp4", "a.pdf", "info"])
    func whatIsCompressedAlreadyIsNot(key: String) {
        #expect(!ContentType.isCompressible(ContentType.of(key)))
    }
}
