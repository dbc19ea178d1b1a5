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
        ("LICENSE", "application/octet-stream"),
        ("v1.html/LICENSE", "application/octet-stream"),
        ("a.unknown-ending-that-is-long", "application/octet-stream"),
        (".well-known/apple-app-site-association", "application/octet-stream"),
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

    @Test(arguments: ["a.png", "a.jpg", "a.woff2", "a.zip", "a.mp4", "a.pdf", "LICENSE"])
    func whatIsCompressedAlreadyIsNot(key: String) {
        #expect(!ContentType.isCompressible(ContentType.of(key)))
    }
}
