import Testing

@testable import Releases

/// Names that bundlers make, and names that people give.
@Suite struct HashedNamesTests {
    private static func contain(_ key: String, beside names: [String] = []) -> Bool {
        let name = key.split(separator: "/").last.map(String.init) ?? key
        return HashedNames.contain(key, in: HashedNames.Folder((names + [name]).map { Array($0.utf8)[...] }))
    }

    /// Each as its tool writes it with its own settings.
    @Test(arguments: [
        "assets/index-BRBmoGS9.js", "assets/index-D8b4DHJx.css", "main-5UVRHLK2.js", "chunk-2ZEQ7ABC.js",
        "polyfills-FFHMD2TL.js", "app.3f2a9c1b.js", "static/js/main.8e4f3d2a.chunk.js",
        "static/css/main.073c9b0a.css", "static/media/logo.6ce24c58023cc2f8fd88fe9d219db6c6.svg",
        "static/d0f8ea2c83c08b63528f.worker.js", "fonts/0c19a63c7528cc1a.woff2", "28433.5491467974656bae.js",
        "assets/javascripts/bundle.83f73b43.min.js",
        "lab/static/4155.4fc3faac9ab6ff7ec34f.js", "lab/static/1a2b3c4d5e6f7a8b9c0d.js",
        "css/main.min.2b7e151628aed2a6abf7158809cf4f3c762e7160f38b4da56a784d9045190cfe.css",
        "_next/static/chunks/webpack.js", "_next/static/Xb3kP/_buildManifest.js", "site/_next/static/media/a.woff2",
        "_app/immutable/entry/start.js", "_nuxt/DlAUqK2U.js", "_nuxt/builds/meta/1a.json", "_astro/hoisted.js",
    ])
    func ofBundlers(_ key: String) {
        #expect(Self.contain(key))
    }

    /// Hand-written files, dates, identities of rows, and what a tool writes anew.
    @Test(arguments: [
        "index.html", "app.js", "logo.png", "report-20240115.pdf", "photo-20240115.jpg", "app.20240115.js",
        "app.12345678.js", "site-settings.js", "assets/main-carousel.css", "assets/Safari13.js", "lib-jQuery35.js",
        "polyfill-Safari13.js", "assets/hero-iPhone15.jpg", "holiday-IMG_1234.jpg", "deadbeef.js", "app.deadbeef.js",
        "notes-3f2a9c1b.html", "data.3f2a9c1b.json", "photo-3f2a9c1b.jpg",
        "photo-3f2a9c1b-1d2e-4f5a-8b6c-0123456789ab.jpg", "release-1a2b3c4d.zip", "_nuxt/builds/latest.json",
        "_app/version.json", "_app/env.js", "_next/data/x.json", "sw.js", "jquery-3.7.1.min.js", ".3f2a9c1b.js",
        "v1.2.3/app.js", "a-b-c-d-e-f.js",
        // Words, years, sizes, colours and codes in the characters of hashes.
        "css/promo-SUMMER25.css", "js/campaign-WINTER24.js", "js/lesson-CHAPTER3.js", "css/app-VERSION2.css",
        "media/banner-SUMMER25.jpg", "static/media/sku-AB234567.png", "rss-feed2024.js", "chart-decade2020.js",
        "project-facade2024.css", "banner-ad20240115.js", "style-20240115b1.css", "theme-00ff00cc.css",
        "demo-abcd1234.js", "menu.cafe2024.jpg", "avatars/205e460b479e2e5b48aec07710c08d50.jpg",
        // The hash in a map's name is that of its script.
        "js/chunk-vendors.1a2b3c4d.js.map", "assets/index-BRBmoGS9.js.map", "1.a8fa7b2.js", "109.42954947.chunk.js",
        "550e8400e29b41d4a716446655440000.png", "product-550e8400e29b41d4a716446655440000.png",
    ])
    func ofPeople(_ key: String) {
        #expect(!Self.contain(key))
    }

    /// The form of Rollup and Vite is that of a word as well. It counts only in a folder whose scripts all have it.
    @Test func whatLiesBesideDecides() {
        let bundled = ["index-BRBmoGS9.js", "vendor-C4hX2k_q.js", "index-D8b4DHJx.css"]
        #expect(Self.contain("assets/logo-Bx7Jq1Zk.svg", beside: bundled))
        #expect(Self.contain("assets/photo-3f2a9c1b.jpg", beside: bundled))
        #expect(Self.contain("assets/chunk-ABCDEFGH.js", beside: bundled))
        #expect(Self.contain("assets/1a2b3c4d5e6f7a8b9c0d.woff2", beside: bundled))
        #expect(Self.contain("assets/app.BRBmoGS9.js", beside: ["index.md.BQ1w3S0x.lean.js"]))
        for key in [
            "hero-iPhone15.jpg", "hero-1280x720.jpg", "photo-1024x768.jpg", "hero-2-mobile.jpg", "layout-3-column.svg",
            "logo-v2-small.svg", "app-icon-192.png", "bg-4k-video.mp4", "intro-hd-1080p.mp4", "shot-iPhone-8.png",
            "event-may-2024.jpg", "team-Jan-2024.jpg", "logo-VERTICAL.svg", "icon-DOWNLOAD.svg",
        ] {
            #expect(!Self.contain("assets/" + key, beside: bundled), "\(key)")
        }
        #expect(!Self.contain("assets/logo-Bx7Jq1Zk.svg", beside: bundled + ["app.js"]))
        #expect(!Self.contain("assets/logo-Bx7Jq1Zk.svg", beside: ["site-settings.js", "main-carousel.css"]))
        #expect(!Self.contain("assets/logo-Bx7Jq1Zk.svg"))
        // Browsers look for it by name, and it says nothing of the others.
        #expect(Self.contain("logo-Bx7Jq1Zk.svg", beside: bundled + ["sw.js"]))
        #expect(!Self.contain("sw.js", beside: bundled))
    }

    /// The fewer names there are, the likelier is it that one of them looks like a word.
    @Test(arguments: [
        ["index-BRBmoGS9.js", "index-DiwrgTda.css", "react-CHdo91hT.svg"],
        ["main.0253249f.min.css", "palette.06af60db.min.css"],
        ["q-C-ZxvKr8.js", "q-BRBmoGS9.js", "q-D8b4DHJx.js"],
        ["main.29184736.js", "453.3f2a9c1b.chunk.js"],
        ["chunk-2ZEQ7ABC.js", "chunk-ABCDEFGH.js"],
    ])
    func allOfASmallBuild(_ names: [String]) {
        for name in names { #expect(Self.contain("assets/" + name, beside: names), "\(name)") }
    }

    /// One file of a bundler beside files that people have named.
    @Test(arguments: [
        "main-carousel.css", "app.20240115.js", "site-settings.js", "lib-chapter3.js", "app.deadbeef.js", "app.js",
        "x-may-2024.js",
    ])
    func oneHashedNameSaysNothingOfWords(_ name: String) {
        #expect(!Self.contain("assets/" + name, beside: ["index-BRBmoGS9.js"]))
        #expect(!Self.contain("assets/logo-Bx7Jq1Zk.svg", beside: ["index-BRBmoGS9.js", name]))
    }

    /// In a large folder a hash may look like anything but a word, and a few files may have names of their own.
    @Test func manyBesideDecideMore() {
        let letters = Array("BCDFGHJKLM")
        let rollup = letters.map { "part-\($0)4h\($0)2k_q.js" }
        for key in [
            "Deferred-CrTnjj37.js", "copy-D8O_CYCG.js", "BlockView-DIkl_ti_.js", "vendor-radix-DINFO6_Z.js",
            "index.C1JORDN2.css", "index.esm.CnlgfcEa.js", "c.CrsP1231.js", "Index-Akn07EZk2.js",
        ] {
            #expect(Self.contain("assets/" + key, beside: rollup), "\(key)")
        }
        for key in [
            "site-settings.js", "Site-Settings.js", "app-20240115.js", "lib-chapter3.js", "app.js", "x-may-2024.js",
        ] {
            #expect(!Self.contain("assets/" + key, beside: rollup), "\(key)")
        }
        let webpack = (0..<10).map { "\($0).3f2a9c1\($0).chunk.js" }
        for key in ["6626.dade8533.chunk.css", "109.42954947.chunk.js", "1.a8fa7b2.js"] {
            #expect(Self.contain("static/" + key, beside: webpack), "\(key)")
        }
        // One of twenty, but not two of twenty.
        let twenty = rollup + rollup.map { "x" + $0 }
        #expect(Self.contain("assets/logo-Bx7Jq1Zk.svg", beside: twenty.dropLast() + ["style.js"]))
        #expect(!Self.contain("assets/logo-Bx7Jq1Zk.svg", beside: twenty.dropLast(2) + ["style.js", "index.js"]))
    }

    /// Angular's pictures are in a folder below its scripts.
    @Test func picturesOfAngular() {
        let scripts = HashedNames.Folder(["main-5UVRHLK2.js", "chunk-2ZEQ7ABC.js"].map { Array($0.utf8)[...] })
        let pictures = HashedNames.Folder(["logo-7Q2MZXKA.svg"].map { Array($0.utf8)[...] })
        #expect(HashedNames.contain("media/logo-7Q2MZXKA.svg", in: pictures, below: scripts))
        #expect(!HashedNames.contain("media/logo-7Q2MZXKA.svg", in: pictures, below: pictures))
        #expect(!HashedNames.contain("photos/logo-7Q2MZXKA.svg", in: pictures, below: scripts))
    }

    @Test func everyToolHasASource() {
        for source in HashedNames.folders.map(\.source) + HashedNames.forms.map(\.source) {
            #expect(source.hasPrefix("https://"))
        }
    }
}
