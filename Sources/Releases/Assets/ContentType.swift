internal import TextCoding

/// The content type that visitors are told, by a file's name: the same on every machine. Of the bytes, only one thing
/// counts: whether a text is UTF-8.
///
/// The table has what IANA's list and the tables of nginx, Apache httpd and Debian say of files that sites have. If they
/// differ, IANA's entry counts. It makes the file long, and stays beside what reads it: an ending is added in one place.
public enum ContentType {
    /// Of a file that nobody knows the type of.
    static let unknown = "application/octet-stream"

    /// By the ending, or by the whole name of files that have none. `application/octet-stream` if neither is known.
    /// Types of text have `; charset=utf-8`.
    public static func of(_ key: String) -> String {
        byExtension[fileExtension(key)] ?? byName(key) ?? unknown
    }

    /// The type of a file whose bytes are not UTF-8: no character set is better than a wrong one, because a page can
    /// say itself which it is.
    public static func withoutCharset(_ type: String) -> String {
        type.hasSuffix(utf8) ? String(type.dropLast(utf8.count)) : type
    }

    /// The type of a file by its bytes as well, if one ending stands for two kinds: `ts` is a film's or a program's.
    static func of(_ key: String, isText: Bool) -> String? {
        guard isText, isAmbiguous(key) else { return nil }
        return "text/typescript" + utf8
    }

    /// True if the ending does not say whether it is text.
    static func isAmbiguous(_ key: String) -> Bool { ["ts", "mts"].contains(fileExtension(key)) }

    /// True if visitors are told that the bytes are UTF-8.
    public static func saysUTF8(_ type: String) -> Bool { type.hasSuffix(utf8) }

    private static let utf8 = "; charset=utf-8"

    /// True if files of this type get notably smaller by compression.
    ///
    /// - Parameter type: as `of` gives it, or any other with parameters.
    public static func isCompressible(_ type: String) -> Bool {
        // Nearly every file of a site is text. The rest of this takes longer than writing the file's line of the list.
        if type.utf8.starts(with: "text/".utf8) { return true }
        let name = withoutParameters(type)
        return name.hasSuffix("+json") || name.hasSuffix("+xml") || compressible.contains(name)
    }

    /// True if a file gets notably smaller by compression, and only browsers load it, which decompress it. Other files
    /// are also read by programs that do not: by `curl … | sh`, checksum tools, feed readers and package managers.
    public static func isForBrowsers(_ key: String, _ type: String) -> Bool {
        forBrowsers.contains(withoutParameters(type)) || fileExtension(key) == "map"
    }

    private static func withoutParameters(_ type: String) -> String {
        String(decoding: type.utf8.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
    }

    /// The ending in lower case and without the dot; empty if there is no dot. After a dot in a folder's name, it has a
    /// `/` in it and is in no table.
    private static func fileExtension(_ key: String) -> String {
        let name = key.utf8.suffix(16)
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return "" }
        return String(decoding: name[name.index(after: dot)...], as: UTF8.self).lowercased()
    }

    /// For files without an ending that every server knows, or that a standard names.
    private static func byName(_ key: String) -> String? {
        let bytes = key.utf8
        let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
        let name = String(decoding: bytes[(slash.map { bytes.index(after: $0) } ?? bytes.startIndex)...], as: UTF8.self)
        if let type = wellKnown(key, name) { return type }
        let isText = texts.contains(name) || name.hasSuffix("SUMS") || textStarts.contains { name.hasPrefix($0) }
        return isText ? "text/plain" + utf8 : nil
    }

    /// Registered names below `.well-known/`, and Apple's file, which may be at the root.
    private static func wellKnown(_ key: String, _ name: String) -> String? {
        if name == "apple-app-site-association" { return "application/json" + utf8 }
        let folder = ".well-known/"
        guard let start = key.hasPrefix(folder) ? key.startIndex : key.firstRange(of: "/" + folder)?.lowerBound else {
            return nil
        }
        let path = key[start...].drop { $0 == "/" }.dropFirst(folder.count)
        if path.hasPrefix("acme-challenge/") { return "text/plain" + utf8 }
        return wellKnownTypes[String(path)].map { $0 + utf8 }
    }

    private static let wellKnownTypes: [String: String] = [
        "api-catalog": "application/linkset+json", "atproto-did": "text/plain", "discord": "text/plain",
        "host-meta": "application/xrd+xml", "matrix/client": "application/json", "matrix/server": "application/json",
        "matrix/support": "application/json", "nodeinfo": "application/json",
        "oauth-authorization-server": "application/json", "oauth-protected-resource": "application/json",
        "openid-configuration": "application/json", "openid-federation": "application/entity-statement+jwt",
        "passkey-endpoints": "application/json", "traffic-advice": "application/trafficadvice+json",
        "web-identity": "application/json", "webauthn": "application/json", "webfinger": "application/jrd+json",
    ]

    private static let texts: Set<String> = [
        "AUTHORS", "BUGS", "CHANGELOG", "CHANGES", "CNAME", "CODEOWNERS", "CONTRIBUTING", "CONTRIBUTORS", "COPYRIGHT",
        "CREDITS", "Dockerfile", "Gemfile", "HISTORY", "INSTALL", "Jenkinsfile", "MAINTAINERS", "Makefile", "NEWS",
        "Procfile", "Rakefile", "THANKS", "TODO", "Vagrantfile", "VERSION", "_headers", "_redirects", ".editorconfig",
        ".gitattributes", ".gitignore", ".htaccess", ".nojekyll", ".npmignore",
    ]
    /// `LICENSE-MIT` is one, too.
    private static let textStarts = ["COPYING", "LICENCE", "LICENSE", "NOTICE", "PATENTS", "README"]

    private static let forBrowsers: Set<String> = [
        "text/html", "text/css", "text/javascript", "application/xhtml+xml", "application/wasm", "image/svg+xml",
        "application/manifest+json", "font/ttf", "font/otf", "font/collection", "application/vnd.ms-fontobject",
    ]

    private static let compressible: Set<String> = [
        "application/json", "application/xml", "application/wasm", "application/rtf", "application/x-ndjson",
        "application/toml", "application/yaml", "application/sql", "application/vnd.ms-fontobject",
        "application/x-subrip", "application/x-sh", "application/postscript", "application/n-quads",
        "application/n-triples", "application/trig", "application/x-tcl", "application/x-perl", "application/x-csh",
        "application/x-latex", "application/vnd.sqlite3", "application/xml-dtd", "application/vnd.dart",
        "application/vnd.apple.mpegurl", "application/x-ns-proxy-autoconfig", "application/pem-certificate-chain",
        "application/sparql-query", "message/rfc822", "model/mtl", "model/step", "font/ttf", "font/otf",
        "font/collection",
        "image/bmp", "image/x-icon", "image/vnd.microsoft.icon", "model/gltf-binary", "model/obj", "model/stl",
    ]

    private static let byExtension: [String: String] = {
        var types: [String: String] = [:]
        for (type, extensions) in table {
            let isText = type.hasPrefix("text/") || charset.contains(type)
            for name in extensions.split(separator: " ") {
                types[String(name)] = isText ? type + utf8 : type
            }
        }
        return types
    }()

    /// The types that are text although their names do not say so, and are read as UTF-8.
    private static let charset: Set<String> = [
        "application/json", "application/ld+json", "application/manifest+json", "application/feed+json",
        "application/geo+json", "application/xml", "application/rss+xml", "application/atom+xml",
        "application/xhtml+xml", "application/xslt+xml", "application/x-ndjson", "application/toml", "application/yaml",
        "application/sql", "application/x-subrip", "application/x-sh", "image/svg+xml", "application/n-quads",
        "application/n-triples", "application/trig", "application/rdf+xml", "application/mathml+xml",
        "application/xspf+xml", "application/ttml+xml", "application/xliff+xml", "application/x-ipynb+json",
        "application/x-tcl", "application/x-perl", "application/x-csh", "application/xml-dtd",
        "application/opensearchdescription+xml", "application/vnd.google-earth.kml+xml", "application/gpx+xml",
        "application/schema+json", "application/jrd+json", "application/smil+xml", "application/vnd.dart",
        "application/xrd+xml", "application/vnd.apple.mpegurl", "application/dash+xml",
    ]

    private static let table: [(type: String, extensions: String)] = [
        ("text/html", "html htm shtml"),
        ("text/css", "css"),
        ("text/javascript", "js mjs cjs"),
        ("text/plain", "txt text log conf ini asc cfg nfo properties env lock pot po brf bat cmd ps1 ksh"),
        ("text/markdown", "md markdown mdx"),
        ("text/csv", "csv"),
        ("text/tab-separated-values", "tsv"),
        ("text/calendar", "ics ifb"),
        ("text/x-vcalendar", "vcs"),
        ("text/vcard", "vcf vcard"),
        ("text/vtt", "vtt"),
        ("text/x-component", "htc"),
        ("text/typescript", "tsx cts"),
        ("text/jsx", "jsx"),
        ("text/turtle", "ttl"),
        ("text/n3", "n3"),
        ("text/x-rst", "rst rest"),
        ("text/asciidoc", "adoc asciidoc"),
        ("text/org", "org"),
        ("text/x-python", "py pyi pyw"),
        ("text/x-csrc", "c"),
        ("text/x-chdr", "h"),
        ("text/x-c++src", "cc cpp cxx c++"),
        ("text/x-c++hdr", "hh hpp hxx h++"),
        ("text/x-java", "java"),
        ("text/x-kotlin", "kt kts"),
        ("text/x-scala", "scala"),
        ("text/x-haskell", "hs"),
        ("text/x-go", "go"),
        ("text/x-rust", "rs"),
        ("text/x-swift", "swift"),
        ("text/x-ruby", "rb"),
        ("text/x-lua", "lua"),
        ("text/x-php", "php"),
        ("text/x-vue", "vue"),
        ("text/x-svelte", "svelte"),
        ("text/x-scss", "scss"),
        ("text/x-sass", "sass"),
        ("text/less", "less"),
        ("text/x-diff", "diff patch"),
        ("text/x-tex", "tex sty cls"),
        ("text/x-bibtex", "bib"),
        ("text/troff", "roff man"),
        ("text/vnd.graphviz", "gv dot"),
        ("text/vnd.abc", "abc"),
        ("text/vnd.wap.wml", "wml"),
        ("text/vnd.sun.j2me.app-descriptor", "jad"),
        ("text/cache-manifest", "appcache"),
        ("text/uri-list", "uri uris"),
        ("text/sgml", "sgml sgm"),
        ("text/wgsl", "wgsl"),
        ("text/plain", "glsl vert frag"),
        ("application/json", "json map topojson json5 har avsc"),
        ("application/ld+json", "jsonld"),
        ("application/manifest+json", "webmanifest"),
        ("application/feed+json", "jsonfeed"),
        ("application/geo+json", "geojson"),
        ("application/schema+json", "jsonschema"),
        ("application/jrd+json", "jrd"),
        ("application/x-ipynb+json", "ipynb"),
        ("application/x-ndjson", "ndjson jsonl"),
        ("application/toml", "toml"),
        ("application/yaml", "yaml yml"),
        ("application/sql", "sql"),
        ("application/x-subrip", "srt"),
        ("application/x-gettext-translation", "mo gmo"),
        ("application/x-sh", "sh bash"),
        ("application/x-csh", "csh"),
        ("application/x-perl", "pl pm"),
        ("application/x-tcl", "tcl tk"),
        ("application/vnd.dart", "dart"),
        ("application/xml", "xml xsd rng xsl-fo"),
        ("application/xml-dtd", "dtd"),
        ("application/rdf+xml", "rdf owl"),
        ("application/mathml+xml", "mml mathml"),
        ("application/xspf+xml", "xspf"),
        ("application/ttml+xml", "ttml"),
        ("application/xliff+xml", "xlf xliff"),
        ("application/wsdl+xml", "wsdl"),
        ("application/smil+xml", "smil"),
        ("application/voicexml+xml", "vxml"),
        ("application/oebps-package+xml", "opf"),
        ("application/x-dtbncx+xml", "ncx"),
        ("application/metalink4+xml", "meta4"),
        ("application/vnd.adobe.xfdf", "xfdf"),
        ("application/rss+xml", "rss"),
        ("application/atom+xml", "atom"),
        ("application/xhtml+xml", "xhtml xht"),
        ("application/xslt+xml", "xsl xslt"),
        ("application/vnd.google-earth.kml+xml", "kml"),
        ("application/vnd.google-earth.kmz", "kmz"),
        ("application/gpx+xml", "gpx"),
        ("application/opensearchdescription+xml", "osdx"),
        ("application/n-triples", "nt"),
        ("application/n-quads", "nq"),
        ("application/trig", "trig"),
        ("application/sparql-query", "rq"),
        ("application/x-latex", "latex"),
        ("application/x-dvi", "dvi"),
        ("application/x-ns-proxy-autoconfig", "pac"),
        ("application/wasm", "wasm"),
        ("application/cbor", "cbor"),
        ("application/vnd.sqlite3", "sqlite sqlite3 db"),
        ("application/vnd.apache.parquet", "parquet"),
        ("application/vnd.apache.arrow.file", "arrow feather"),
        ("application/vnd.mapbox-vector-tile", "mvt pbf"),
        ("application/vnd.pmtiles", "pmtiles"),
        ("application/geopackage+sqlite3", "gpkg"),
        ("application/x-netcdf", "nc cdf"),
        ("application/x-hdf5", "h5 hdf5"),
        ("application/x-hdf", "hdf"),
        ("application/pdf", "pdf"),
        ("application/rtf", "rtf"),
        ("application/postscript", "ps eps ai"),
        ("application/zip", "zip"),
        ("application/gzip", "gz tgz"),
        ("application/x-brotli", "br"),
        ("application/x-lzip", "lz"),
        ("application/x-lz4", "lz4"),
        ("application/x-compress", "z"),
        ("application/x-cpio", "cpio"),
        ("application/x-shar", "shar"),
        ("application/vnd.ms-cab-compressed", "cab"),
        ("application/zstd", "zst"),
        ("application/x-bzip2", "bz2 tbz tbz2"),
        ("application/x-xz", "xz txz"),
        ("application/x-7z-compressed", "7z"),
        ("application/x-tar", "tar ustar gtar"),
        ("application/vnd.rar", "rar"),
        ("application/java-archive", "jar war ear"),
        ("application/x-java-archive-diff", "jardiff"),
        ("application/x-java-jnlp-file", "jnlp"),
        ("application/java-vm", "class"),
        ("application/epub+zip", "epub"),
        ("application/vnd.amazon.mobi8-ebook", "azw3"),
        ("application/x-mobipocket-ebook", "mobi prc"),
        ("application/vnd.comicbook+zip", "cbz"),
        ("application/vnd.comicbook-rar", "cbr"),
        ("application/pgp-signature", "sig"),
        ("application/pgp-encrypted", "pgp gpg"),
        ("application/pkix-cert", "cer"),
        ("application/x-x509-ca-cert", "crt der"),
        ("application/pem-certificate-chain", "pem"),
        ("application/pkix-crl", "crl"),
        ("application/pkcs7-mime", "p7m p7c"),
        ("application/pkcs7-signature", "p7s"),
        ("application/pkcs8", "p8"),
        ("application/pkcs10", "p10 csr"),
        ("application/pkcs12", "p12 pfx"),
        ("application/ocsp-response", "ors"),
        ("application/vnd.tcpdump.pcap", "pcap"),
        ("application/x-bittorrent", "torrent"),
        ("application/vnd.android.package-archive", "apk"),
        ("application/x-apple-diskimage", "dmg"),
        ("application/vnd.debian.binary-package", "deb udeb"),
        ("application/x-rpm", "rpm"),
        ("application/vnd.apple.installer+xml", "pkg mpkg"),
        ("application/x-msi", "msi"),
        ("application/x-msdos-program", "exe"),
        ("application/vnd.ms-appx", "appx"),
        ("application/msix", "msix"),
        ("application/vnd.flatpak", "flatpak"),
        ("application/vnd.flatpak.ref", "flatpakref"),
        ("application/vnd.snap", "snap"),
        ("application/vnd.appimage", "appimage"),
        ("application/x-xpinstall", "xpi"),
        ("application/x-chrome-extension", "crx"),
        ("application/x-iso9660-image", "iso"),
        ("application/octet-stream", "bin img dll so dylib o a dat data pak blob"),
        ("application/vnd.unity", "unityweb"),
        ("application/x-shockwave-flash", "swf"),
        ("application/msword", "doc"),
        ("application/vnd.ms-excel", "xls xlt xla"),
        ("application/vnd.ms-powerpoint", "ppt pps"),
        ("application/vnd.visio", "vsd"),
        ("application/vnd.ms-project", "mpp"),
        ("application/vnd.ms-xpsdocument", "xps"),
        ("application/oxps", "oxps"),
        ("application/vnd.ms-outlook", "msg"),
        ("application/x-mswrite", "wri"),
        ("application/vnd.ms-htmlhelp", "chm"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
        ("application/vnd.openxmlformats-officedocument.presentationml.slideshow", "ppsx"),
        ("application/vnd.openxmlformats-officedocument.presentationml.template", "potx"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.template", "dotx"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.template", "xltx"),
        ("application/vnd.ms-word.document.macroenabled.12", "docm"),
        ("application/vnd.ms-excel.sheet.macroenabled.12", "xlsm"),
        ("application/vnd.ms-powerpoint.presentation.macroenabled.12", "pptm"),
        ("application/vnd.apple.keynote", "keynote"),
        ("application/vnd.apple.numbers", "numbers"),
        ("application/vnd.apple.pages", "pages"),
        ("application/vnd.oasis.opendocument.text", "odt"),
        ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
        ("application/vnd.oasis.opendocument.presentation", "odp"),
        ("application/vnd.oasis.opendocument.graphics", "odg"),
        ("application/vnd.oasis.opendocument.formula", "odf"),
        ("application/vnd.oasis.opendocument.text-template", "ott"),
        ("application/vnd.oasis.opendocument.spreadsheet-template", "ots"),
        ("application/vnd.oasis.opendocument.presentation-template", "otp"),
        ("application/vnd.ms-fontobject", "eot"),
        ("font/woff", "woff"),
        ("font/woff2", "woff2"),
        ("font/ttf", "ttf"),
        ("font/otf", "otf"),
        ("font/collection", "ttc otc"),
        ("application/x-font-type1", "pfa pfb"),
        ("image/svg+xml", "svg svgz"),
        ("image/png", "png"),
        ("image/apng", "apng"),
        ("image/jpeg", "jpg jpeg jpe jfif"),
        ("image/gif", "gif"),
        ("image/webp", "webp"),
        ("image/avif", "avif"),
        ("image/heic", "heic"),
        ("image/heif", "heif"),
        ("image/jp2", "jp2 jpg2"),
        ("image/jxr", "jxr"),
        ("image/x-jng", "jng"),
        ("video/x-mng", "mng"),
        ("image/vnd.wap.wbmp", "wbmp"),
        ("image/vnd.adobe.photoshop", "psd"),
        ("image/vnd.djvu", "djvu djv"),
        ("image/vnd.dwg", "dwg"),
        ("image/vnd.dxf", "dxf"),
        ("image/vnd.radiance", "hdr"),
        ("image/aces", "exr"),
        ("image/ktx", "ktx"),
        ("image/ktx2", "ktx2"),
        ("image/vnd-ms.dds", "dds"),
        ("image/x-tga", "tga"),
        ("image/x-xcf", "xcf"),
        ("image/x-portable-anymap", "pnm"),
        ("image/x-portable-bitmap", "pbm"),
        ("image/x-portable-graymap", "pgm"),
        ("image/x-portable-pixmap", "ppm"),
        ("image/x-xbitmap", "xbm"),
        ("image/x-xpixmap", "xpm"),
        ("image/wmf", "wmf"),
        ("image/emf", "emf"),
        ("image/fits", "fits fit"),
        ("application/dicom", "dcm"),
        ("image/jxl", "jxl"),
        ("image/bmp", "bmp dib"),
        ("image/tiff", "tif tiff"),
        ("image/x-icon", "ico cur"),
        ("audio/mpeg", "mp3 mp2 mpga"),
        ("audio/mp4", "m4a m4b f4a"),
        ("audio/aac", "aac adts"),
        ("audio/amr", "amr"),
        ("audio/ac3", "ac3"),
        ("audio/basic", "au snd"),
        ("audio/x-aiff", "aif aiff aifc"),
        ("audio/x-caf", "caf"),
        ("audio/x-ms-wma", "wma"),
        ("audio/x-pn-realaudio", "ra ram"),
        ("audio/x-scpls", "pls"),
        ("audio/ogg", "ogg oga opus spx"),
        ("application/ogg", "ogx"),
        ("audio/wav", "wav"),
        ("audio/flac", "flac"),
        ("audio/midi", "mid midi kar rmi"),
        ("audio/webm", "weba"),
        ("video/mp4", "mp4 m4v mpg4 f4v"),
        ("video/iso.segment", "m4s"),
        ("video/3gpp", "3gp 3gpp"),
        ("video/3gpp2", "3g2 3gpp2"),
        ("video/mpeg", "mpeg mpg mpe m1v m2v"),
        ("video/webm", "webm"),
        ("video/ogg", "ogv"),
        ("video/quicktime", "mov qt"),
        ("video/x-matroska", "mkv"),
        ("audio/x-matroska", "mka"),
        ("video/x-flv", "flv"),
        ("video/x-ms-asf", "asf asx"),
        ("video/x-ms-wmv", "wmv"),
        ("video/x-msvideo", "avi"),
        ("video/mp2t", "ts mts m2ts"),
        ("application/vnd.apple.mpegurl", "m3u8"),
        ("audio/mpegurl", "m3u"),
        ("application/dash+xml", "mpd"),
        ("model/gltf+json", "gltf"),
        ("model/gltf-binary", "glb"),
        ("model/obj", "obj"),
        ("model/mtl", "mtl"),
        ("model/step", "step stp"),
        ("model/iges", "igs iges"),
        ("model/vrml", "wrl vrml"),
        ("model/x3d+xml", "x3d"),
        ("model/vnd.collada+xml", "dae"),
        ("model/vnd.usdz+zip", "usdz"),
        ("model/3mf", "3mf"),
        ("message/rfc822", "eml mht mhtml"),
        ("application/mbox", "mbox"),
        ("model/stl", "stl"),
    ]
}
