/// The content type that visitors are told, by the ending of a file's name alone: the same on every machine.
public enum ContentType {
    /// `application/octet-stream` if the ending is not known. Types of text have `; charset=utf-8`.
    public static func of(_ key: String) -> String {
        byExtension[fileExtension(key)] ?? "application/octet-stream"
    }

    /// True if files of this type get notably smaller by compression.
    ///
    /// - Parameter type: as `of` gives it, or any other with parameters.
    public static func isCompressible(_ type: String) -> Bool {
        // Nearly every file of a site is text. The rest of this takes longer than writing the file's line of the list.
        if type.utf8.starts(with: "text/".utf8) { return true }
        let name = String(decoding: type.utf8.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
        return name.hasSuffix("+json") || name.hasSuffix("+xml") || compressible.contains(name)
    }

    /// The ending in lower case and without the dot; empty if there is no dot. After a dot in a folder's name, it has a
    /// `/` in it and is in no table.
    private static func fileExtension(_ key: String) -> String {
        let name = key.utf8.suffix(16)
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return "" }
        return String(decoding: name[name.index(after: dot)...], as: UTF8.self).lowercased()
    }

    private static let compressible: Set<String> = [
        "application/json", "application/xml", "application/wasm", "application/rtf", "application/x-ndjson",
        "application/toml", "application/yaml", "application/sql", "application/vnd.ms-fontobject",
        "application/x-subrip", "application/x-sh", "application/postscript", "font/ttf", "font/otf", "font/collection",
        "image/bmp", "image/x-icon", "image/vnd.microsoft.icon", "model/gltf-binary", "model/obj", "model/stl",
    ]

    private static let byExtension: [String: String] = {
        var types: [String: String] = [:]
        for (type, extensions) in table {
            let isText = type.hasPrefix("text/") || charset.contains(type)
            for name in extensions.split(separator: " ") {
                types[String(name)] = isText ? type + "; charset=utf-8" : type
            }
        }
        return types
    }()

    /// The types that are text although their names do not say so, and are read as UTF-8.
    private static let charset: Set<String> = [
        "application/json", "application/ld+json", "application/manifest+json", "application/feed+json",
        "application/geo+json", "application/xml", "application/rss+xml", "application/atom+xml",
        "application/xhtml+xml", "application/xslt+xml", "application/x-ndjson", "application/toml", "application/yaml",
        "application/sql", "application/x-subrip", "application/x-sh", "image/svg+xml",
    ]

    private static let table: [(type: String, extensions: String)] = [
        ("text/html", "html htm shtml"),
        ("text/css", "css"),
        ("text/javascript", "js mjs cjs"),
        ("text/plain", "txt text log conf ini asc"),
        ("text/markdown", "md markdown"),
        ("text/csv", "csv"),
        ("text/tab-separated-values", "tsv"),
        ("text/calendar", "ics ifb"),
        ("text/vcard", "vcf vcard"),
        ("text/vtt", "vtt"),
        ("text/x-component", "htc"),
        ("text/typescript", "tsx"),
        ("text/jsx", "jsx"),
        ("application/json", "json map topojson"),
        ("application/ld+json", "jsonld"),
        ("application/manifest+json", "webmanifest"),
        ("application/feed+json", "jsonfeed"),
        ("application/geo+json", "geojson"),
        ("application/x-ndjson", "ndjson jsonl"),
        ("application/toml", "toml"),
        ("application/yaml", "yaml yml"),
        ("application/sql", "sql"),
        ("application/x-subrip", "srt"),
        ("application/x-sh", "sh"),
        ("application/xml", "xml xsd rng"),
        ("application/rss+xml", "rss"),
        ("application/atom+xml", "atom"),
        ("application/xhtml+xml", "xhtml xht"),
        ("application/xslt+xml", "xsl xslt"),
        ("application/vnd.google-earth.kml+xml", "kml"),
        ("application/gpx+xml", "gpx"),
        ("application/opensearchdescription+xml", "osdx"),
        ("application/wasm", "wasm"),
        ("application/pdf", "pdf"),
        ("application/rtf", "rtf"),
        ("application/postscript", "ps eps ai"),
        ("application/zip", "zip"),
        ("application/gzip", "gz tgz"),
        ("application/zstd", "zst"),
        ("application/x-bzip2", "bz2"),
        ("application/x-xz", "xz"),
        ("application/x-7z-compressed", "7z"),
        ("application/x-tar", "tar"),
        ("application/vnd.rar", "rar"),
        ("application/java-archive", "jar"),
        ("application/epub+zip", "epub"),
        ("application/pgp-signature", "sig"),
        ("application/vnd.android.package-archive", "apk"),
        ("application/x-apple-diskimage", "dmg"),
        ("application/vnd.debian.binary-package", "deb"),
        ("application/msword", "doc"),
        ("application/vnd.ms-excel", "xls"),
        ("application/vnd.ms-powerpoint", "ppt"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
        ("application/vnd.oasis.opendocument.text", "odt"),
        ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
        ("application/vnd.oasis.opendocument.presentation", "odp"),
        ("application/vnd.ms-fontobject", "eot"),
        ("font/woff", "woff"),
        ("font/woff2", "woff2"),
        ("font/ttf", "ttf"),
        ("font/otf", "otf"),
        ("font/collection", "ttc"),
        ("image/svg+xml", "svg"),
        ("image/png", "png"),
        ("image/apng", "apng"),
        ("image/jpeg", "jpg jpeg jpe jfif"),
        ("image/gif", "gif"),
        ("image/webp", "webp"),
        ("image/avif", "avif"),
        ("image/heic", "heic"),
        ("image/jxl", "jxl"),
        ("image/bmp", "bmp"),
        ("image/tiff", "tif tiff"),
        ("image/x-icon", "ico cur"),
        ("audio/mpeg", "mp3"),
        ("audio/mp4", "m4a"),
        ("audio/aac", "aac"),
        ("audio/ogg", "ogg oga opus"),
        ("audio/wav", "wav"),
        ("audio/flac", "flac"),
        ("audio/midi", "mid midi"),
        ("audio/webm", "weba"),
        ("video/mp4", "mp4 m4v"),
        ("video/mpeg", "mpeg mpg"),
        ("video/webm", "webm"),
        ("video/ogg", "ogv"),
        ("video/quicktime", "mov"),
        ("video/x-matroska", "mkv"),
        ("video/x-msvideo", "avi"),
        ("video/mp2t", "m2ts"),
        ("application/vnd.apple.mpegurl", "m3u8"),
        ("application/dash+xml", "mpd"),
        ("model/gltf+json", "gltf"),
        ("model/gltf-binary", "glb"),
        ("model/obj", "obj"),
        ("model/stl", "stl"),
    ]
}
