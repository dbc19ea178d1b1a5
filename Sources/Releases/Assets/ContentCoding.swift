/// How a file of the site is compressed already, by its name: bundlers put `app.js.gz` and `app.js.br` beside `app.js`.
public enum ContentCoding {
    /// What visitors are told of such a file: the type of what it unpacks to, and the coding that browsers undo.
    ///
    /// An archive or a download is no such file, because whoever gets it wants it as it is: `site.tar.gz`, or `list.txt.gz`.
    /// Nobody offers a script as such a download: games of Unity have `game.wasm.gz` and no `game.wasm`.
    ///
    /// - Parameter isBesideOriginal: true if the file that it unpacks to is a file of the site as well, or if it belongs
    ///   to such a game.
    /// - Returns: nil for any other file.
    public static func of(_ key: String, isBesideOriginal: Bool) -> (type: String, coding: String)? {
        // Looked at for each file of a site, and nearly none is one.
        guard let coding = ending(key) else { return nil }
        if coding == .svgz { return (ContentType.of(key), "gzip") }
        let original = String(key.dropLast(coding.rawValue.count))
        // Nobody looks at the bytes that are compressed: other text than UTF-8 must not be told to be that.
        let type = ContentType.withoutCharset(ContentType.of(original))
        let isProgram = ["text/javascript", "text/css", "application/wasm"].contains(type)
        let isRead =
            ContentType.isForBrowsers(original, type) || type.hasPrefix("application/json")
            || original.hasSuffix(gameData)
        switch coding {
        // Nobody offers this one as a download.
        case .br: return isBesideOriginal || ContentType.isCompressible(type) ? (type, "br") : nil
        case .gz: return isProgram || isBesideOriginal && isRead ? (type, "gzip") : nil
        case .zst: return isProgram || isBesideOriginal && isRead ? (type, "zstd") : nil
        case .svgz: return nil
        }
    }

    /// False if the bytes cannot be what the name says. Brotli has no mark.
    static func canBegin(_ bytes: [UInt8], as coding: String) -> Bool {
        switch coding {
        case "gzip": bytes.starts(with: [0x1F, 0x8B])
        case "zstd": bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
        default: true
        }
    }

    /// The key of the file that one with this name would unpack to; nil for other names.
    static func original(of key: String) -> String? {
        guard let coding = ending(key), coding != .svgz else { return nil }
        return String(key.dropLast(coding.rawValue.count))
    }

    /// The key of the program that a game's compressed data belongs to, such as `game.wasm.br` of `game.data.br`; nil for
    /// other names. Its loader asks for both, and browsers must undo the coding of both.
    static func program(ofData key: String) -> String? {
        guard let coding = ending(key), coding != .svgz else { return nil }
        let data = gameData + coding.rawValue
        return key.hasSuffix(data) ? String(key.dropLast(data.count)) + ".wasm" + coding.rawValue : nil
    }

    private static let gameData = ".data"

    private enum Ending: String, CaseIterable {
        case gz = ".gz"
        case br = ".br"
        case zst = ".zst"
        case svgz = ".svgz"
    }

    private static func ending(_ key: String) -> Ending? {
        guard let last = key.utf8.last,
            last == UInt8(ascii: "z") || last == UInt8(ascii: "r") || last == UInt8(ascii: "t")
        else { return nil }
        return Ending.allCases.first { key.hasSuffix($0.rawValue) && key.utf8.count > $0.rawValue.utf8.count }
    }
}
