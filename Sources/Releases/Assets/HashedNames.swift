internal import TextCoding

/// Recognizes files whose names hold a hash of their content, as bundlers write them: caches may keep such a file for
/// ever, because other content has another name.
///
/// A wrong yes lasts a year in browsers, and a wrong no costs a revalidation. So a name counts only if its form is that
/// of a hash and not that of a word or a date, and the form that is easiest to mistake counts only beside scripts that
/// all have it.
enum HashedNames {
    /// Folders that a tool fills with such files alone, whatever their names look like.
    static let folders: [(tool: String, folder: String, source: String)] = [
        ("Next.js", "_next/static/", "https://nextjs.org/docs/app/guides/self-hosting"),
        ("SvelteKit", "_app/immutable/", "https://svelte.dev/docs/kit/adapter-static"),
        ("Nuxt", "_nuxt/", "https://nuxt.com/docs/api/nuxt-config#buildassetsdir"),
        ("Astro", "_astro/", "https://docs.astro.build/en/recipes/customizing-output-filenames/"),
    ]

    /// Which build is the newest: Nuxt writes it anew into its folder.
    private static let exceptions = ["_nuxt/builds/latest.json"]

    /// How tools write a hash into a name.
    enum Form: Sendable {
        /// webpack, Parcel and Hugo: `app.3f2a9c1b.js`, `app-<20 digits>.js`; also a whole name of at least 16 digits.
        case hexadecimal
        /// esbuild and Angular: `main-5UVRHLK2.js`, 8 of `A-Z 2-7`.
        case base32
        /// Rollup and Vite: `index-BRBmoGS9.js`, 8 of `A-Z a-z 0-9 _ -`.
        case base64
    }

    static let forms: [(tool: String, form: Form, source: String)] = [
        ("webpack", .hexadecimal, "https://webpack.js.org/guides/caching/"),
        ("Parcel", .hexadecimal, "https://parceljs.org/features/production/#content-hashing"),
        ("Hugo", .hexadecimal, "https://gohugo.io/functions/resources/fingerprint/"),
        ("esbuild", .base32, "https://esbuild.github.io/api/#chunk-names"),
        ("Angular", .base32, "https://angular.dev/reference/configs/workspace-config#output-hashing"),
        ("Rollup", .base64, "https://rollupjs.org/configuration-options/#output-entryfilenames"),
        ("Vite", .base64, "https://vite.dev/config/build-options#build-assetsdir"),
    ]

    /// What the names in one folder show together.
    struct Folder: Sendable {
        /// True if every script and style sheet in it has a hash in its name, by form and by look.
        let isBundled: Bool

        /// - Parameter names: of the folder's entries.
        init(_ names: some Sequence<ArraySlice<UInt8>>) {
            var (scripts, sure) = (0, 0)
            for bytes in names {
                guard let name = Name(bytes), name.isScript, !Name.workers.contains(name.text) else { continue }
                scripts += 1
                guard name.isHexadecimal || name.tail8 != nil else {
                    scripts = 0
                    break
                }
                if name.isHexadecimal || name.isBase32 || name.looksRandom { sure += 1 }
            }
            // A hash may look like a word: one of a hundred in the form of Vite, one of five in that of esbuild.
            isBundled = scripts > 0 && sure * 3 >= scripts * 2
        }
    }

    /// - Parameters:
    ///   - key: the file's, with `/` between its parts.
    ///   - folder: what the names beside it show.
    static func contain(_ key: String, in folder: Folder) -> Bool {
        if folders.contains(where: { isInside(key, $0.folder) }) {
            return !exceptions.contains { key.utf8.elementsEqual($0.utf8) || key.hasSuffix("/" + $0) }
        }
        let bytes = Array(key.utf8)
        let start = (bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
        guard let name = Name(bytes[start...]) else { return false }
        if name.isHexadecimal { return name.isScript || name.isSurelyHexadecimal || folder.isBundled }
        if name.isBase32 {
            return name.isScript || folder.isBundled || key.hasPrefix("media/") || key.contains("/media/")
        }
        guard folder.isBundled, let tail = name.tail8 else { return false }
        return name.looksRandom || tail.allSatisfy(\.isBase32)
    }

    private static func isInside(_ key: String, _ folder: String) -> Bool {
        key.utf8.starts(with: folder.utf8) || key.contains("/" + folder)
    }
}

/// A file's name, taken apart.
private struct Name {
    let text: String
    let isScript: Bool
    /// What stands before the endings.
    private let stem: ArraySlice<UInt8>
    /// What may be a hash, behind the last `.` or `-`, and that character; nil for a whole stem.
    private let token: (separator: UInt8?, text: ArraySlice<UInt8>)

    /// Files that keep their names beside hashed ones, because browsers look for them by name.
    static let workers: Set<String> = [
        "sw.js", "service-worker.js", "ngsw-worker.js", "safety-worker.js", "worker-basic.min.js", "registerSW.js",
    ]

    private static let scripts: Set<String> = ["js", "mjs", "cjs", "css"]
    private static let others: Set<String> = [
        "map", "wasm", "woff", "woff2", "ttf", "otf", "eot", "svg", "png", "jpg", "jpeg", "gif", "webp", "avif", "ico",
        "mp4", "webm", "mp3", "ogg", "wav",
    ]
    /// Endings that tools put between the hash and the type.
    private static let middles: [[UInt8]] = ["min", "chunk", "bundle", "module", "async"].map { Array($0.utf8) }

    /// - Returns: nil for a file that no bundler names after its content.
    init?(_ bytes: ArraySlice<UInt8>) {
        let dot = UInt8(ascii: ".")
        guard let last = bytes.lastIndex(of: dot), last > bytes.startIndex else { return nil }
        var type = String(decoding: bytes[(last + 1)...], as: UTF8.self)
        var stem = bytes[..<last]
        if type == "map", let inner = stem.lastIndex(of: dot), inner > stem.startIndex {
            let name = String(decoding: stem[(inner + 1)...], as: UTF8.self)
            if Self.scripts.contains(name) { (type, stem) = (name, stem[..<inner]) }
        }
        isScript = Self.scripts.contains(type)
        guard isScript || Self.others.contains(type) else { return nil }
        if let inner = stem.lastIndex(of: dot), Self.middles.contains(Array(stem[(inner + 1)...])) {
            stem = stem[..<inner]
        }
        text = String(decoding: bytes, as: UTF8.self)
        self.stem = stem
        if let separator = stem.lastIndex(where: { $0 == dot || $0 == UInt8(ascii: "-") }), separator > stem.startIndex
        {
            token = (stem[separator], stem[(separator + 1)...])
        } else {
            token = (nil, stem)
        }
    }

    private static let lengths: Set<Int> = [8, 10, 12, 16, 20, 32, 40, 64, 96, 128]

    /// A date has digits only, and a word has none.
    var isHexadecimal: Bool {
        guard Self.lengths.contains(token.text.count), token.separator != nil || token.text.count >= 16,
            token.text.allSatisfy(\.isHexDigit), !isUUID
        else { return false }
        return token.text.contains { $0.isASCIIDigit } && token.text.contains { !$0.isASCIIDigit }
            && !token.text.contains { $0.isASCIIUppercase }
    }

    /// An image `photo-3f2a9c1b.jpg` may be named after a row in a database; `logo.3f2a9c1b.png` is not.
    var isSurelyHexadecimal: Bool { token.separator != UInt8(ascii: "-") || token.text.count >= 20 }

    /// An identity that says nothing of the content: `8-4-4-4-12` digits.
    private var isUUID: Bool {
        guard stem.count >= 36 else { return false }
        let parts = stem.suffix(36).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }

    var isBase32: Bool {
        guard token.separator == UInt8(ascii: "-"), token.text.count == 8 else { return false }
        return token.text.allSatisfy(\.isBase32) && token.text.contains { $0.isASCIIDigit }
            && token.text.contains { !$0.isASCIIDigit }
    }

    /// The last 8 characters behind a `-`, which may have `-` and `_` themselves.
    var tail8: ArraySlice<UInt8>? {
        guard stem.count >= 9, stem[stem.endIndex - 9] == UInt8(ascii: "-") else { return nil }
        let tail = stem.suffix(8)
        return tail.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
            ? tail : nil
    }

    /// True for `BRBmoGS9`; false for what people write: `settings`, `Settings`, `20240115`, `iPhone15`, `IMG_1234`.
    var looksRandom: Bool {
        guard let tail = tail8 else { return false }
        let letters = tail.prefix { $0.isASCIILetter }
        let (lower, upper) = (tail.contains(where: \.isASCIILowercase), tail.contains(where: \.isASCIIUppercase))
        let isWord =
            tail.dropFirst(letters.count).allSatisfy(\.isASCIIDigit)
            && letters.dropFirst().count(where: \.isASCIIUppercase) <= 1
        return lower && !isWord && (upper || tail.contains(where: \.isASCIIDigit))
    }
}

extension UInt8 {
    fileprivate var isBase32: Bool { isASCIIUppercase || (UInt8(ascii: "2")...UInt8(ascii: "7")).contains(self) }
}
