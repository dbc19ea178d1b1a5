internal import TextCoding

/// Recognizes files whose names hold a hash of their content, as bundlers write them: caches may keep such a file for
/// ever, because other content has another name.
///
/// A wrong yes lasts a year in browsers, and a wrong no costs a revalidation. So a name counts only if its form is that
/// of a hash and not that of a word, a date, a size or a code; and forms that are easy to mistake count only beside
/// scripts that all have one.
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
        /// Rollup, Vite and VitePress: `index-BRBmoGS9.js`, `app.BRBmoGS9.js`, 8 of `A-Z a-z 0-9 _ -`.
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
        /// True if the scripts and style sheets in it have hashes in their names, by form and by look.
        let isBundled: Bool
        /// True if there are so many of them that a form is believed also where the look is that of a word.
        let isLarge: Bool

        /// - Parameter names: of the folder's entries.
        init(_ names: some Sequence<ArraySlice<UInt8>>) {
            var (scripts, formed, sure, words) = (0, 0, 0, 0)
            for bytes in names {
                guard let name = Name(bytes), name.isScript, !Name.workers.contains(name.text) else { continue }
                scripts += 1
                guard name.isHexadecimal || name.isShortHexadecimal || name.tail8 != nil else { continue }
                formed += 1
                if name.isHexadecimal || name.isShortHexadecimal || name.isBase32 || name.isBase64 {
                    sure += 1
                } else if name.isWritten {
                    words += 1
                }
            }
            // Bundlers put the odd file of another name into a large folder. A hash may look like a word: 3 of a hundred
            // in the form of Vite, one of five in that of esbuild. The fewer there are, the less that may count.
            let isMostlySure = formed * 20 >= scripts * 19 && sure * 3 >= scripts * 2
            isBundled = scripts > 0 && (isMostlySure || formed == scripts && sure > 0 && words == 0)
            isLarge = isBundled && scripts >= 10
        }
    }

    /// - Parameters:
    ///   - key: the file's, with `/` between its parts.
    ///   - folder: what the names beside it show.
    ///   - parent: what the names in the folder above show: Angular puts pictures into `media/` below its scripts.
    static func contain(_ key: String, in folder: Folder, below parent: Folder? = nil) -> Bool {
        let bytes = Array(key.utf8)
        if isInside(bytes, folders.lazy.map(\.folder)) {
            return !exceptions.contains { key.utf8.elementsEqual($0.utf8) || key.hasSuffix("/" + $0) }
        }
        let start = (bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
        guard let name = Name(bytes[start...]) else { return false }
        let isMedia = bytes[..<start].hasSuffix("media/") && (parent?.isBundled ?? false)
        let isBundled = folder.isBundled || isMedia
        if name.isHexadecimal { return name.isScript || name.isMarkedHexadecimal || name.isFont || isBundled }
        if folder.isLarge, name.isScript, name.isShortHexadecimal || name.mayBeHexadecimal { return true }
        if isBundled, name.isScript, name.mayBeHexadecimal, !name.isWritten { return true }
        if name.isBase32 { return name.isScript || isBundled }
        guard isBundled, let tail = name.tail8 else { return false }
        return name.isBase64 || name.isScript && (tail.allSatisfy(\.isBase32) || !tail.isOrdinary)
    }

    /// It compares bytes, part by part: a search for each folder in each key took a twentieth of an upload's time.
    private static func isInside(_ key: [UInt8], _ folders: some Sequence<String>) -> Bool {
        var part = key[...]
        while true {
            if part.first == UInt8(ascii: "_"), folders.contains(where: { part.starts(with: $0.utf8) }) { return true }
            guard let end = part.firstIndex(of: UInt8(ascii: "/")) else { return false }
            part = part[(end + 1)...]
        }
    }
}

/// A file's name, taken apart.
private struct Name {
    let text: String
    let isScript: Bool
    /// Nobody names a font after a row in a database.
    let isFont: Bool
    /// What comes before the endings.
    private let stem: ArraySlice<UInt8>
    /// What may be a hash, behind the last `.` or `-`, and that character; nil for a whole stem.
    private let token: (separator: UInt8?, text: ArraySlice<UInt8>)

    /// Files that keep their names beside hashed ones, because browsers look for them by name.
    static let workers: Set<String> = [
        "sw.js", "service-worker.js", "ngsw-worker.js", "safety-worker.js", "worker-basic.min.js", "registerSW.js",
    ]

    private static let dot = UInt8(ascii: ".")
    private static let dash = UInt8(ascii: "-")
    private static let scripts: Set<String> = ["js", "mjs", "cjs", "css"]
    private static let fonts: Set<String> = ["woff", "woff2", "ttf", "otf", "eot"]
    private static let others: Set<String> = [
        "wasm", "woff", "woff2", "ttf", "otf", "eot", "svg", "png", "jpg", "jpeg", "gif", "webp", "avif", "ico",
        "mp4", "webm", "mp3", "ogg", "wav",
    ]
    /// Endings that tools put between the hash and the type.
    private static let middles: [[UInt8]] = ["min", "chunk", "bundle", "module", "async", "lean", "worker"].map {
        Array($0.utf8)
    }

    /// - Returns: nil for a file that no bundler names after its content.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let last = bytes.lastIndex(of: Self.dot), last > bytes.startIndex else { return nil }
        // The hash in a source map's name is that of its script: the same script may have another map.
        let type = String(decoding: bytes[(last + 1)...], as: UTF8.self)
        var stem = bytes[..<last]
        isScript = Self.scripts.contains(type)
        isFont = Self.fonts.contains(type)
        guard isScript || Self.others.contains(type) else { return nil }
        if let inner = stem.lastIndex(of: Self.dot), Self.middles.contains(Array(stem[(inner + 1)...])) {
            stem = stem[..<inner]
        }
        text = String(decoding: bytes, as: UTF8.self)
        self.stem = stem
        if let separator = stem.lastIndex(where: { $0 == Self.dot || $0 == Self.dash }), separator > stem.startIndex {
            token = (stem[separator], stem[(separator + 1)...])
        } else {
            token = (nil, stem)
        }
    }

    private static let lengths: Set<Int> = [8, 10, 12, 16, 20, 32, 40, 64, 96, 128]

    /// Digits and letters mixed. Words, dates, colours and words with a year behind them have the same characters.
    var isHexadecimal: Bool {
        let hash = token.text
        guard Self.lengths.contains(hash.count), token.separator != nil || hash.count >= 16,
            hash.allSatisfy({ $0.isHexDigit && !$0.isASCIIUppercase }), !isUUID, Set(hash).count >= 4
        else { return false }
        let (digits, letters) = (hash.prefix { $0.isASCIIDigit }.count, hash.prefix { !$0.isASCIIDigit }.count)
        if hash.count <= 12, digits >= 8 { return false }
        // No word has so many characters, and no number has letters in it.
        if hash.count >= 16 { return digits < hash.count }
        return !hash.dropFirst(digits).allSatisfy { !$0.isASCIIDigit }
            && !hash.dropFirst(letters).allSatisfy(\.isASCIIDigit)
    }

    /// `1.a8fa7b2.js`: fewer digits than a hash has by itself. Large folders show that it is one.
    var isShortHexadecimal: Bool {
        let hash = token.text
        return token.separator == Self.dot && (6...9).contains(hash.count) && hash.count != 8
            && hash.allSatisfy { $0.isHexDigit && !$0.isASCIIUppercase }
            && hash.contains(where: \.isASCIIDigit) && hash.contains { !$0.isASCIIDigit }
    }

    /// Digits alone, letters alone, or one behind the other: `109.42954947.chunk.js`, `6626.dade8533.chunk.css`.
    var mayBeHexadecimal: Bool {
        token.separator == Self.dot && Self.lengths.contains(token.text.count)
            && token.text.allSatisfy { $0.isHexDigit && !$0.isASCIIUppercase }
    }

    /// A picture `photo-3f2a9c1b.jpg` may be named after a row in a database, and `<32 digits>.jpg` after an address;
    /// `logo.3f2a9c1b.png` is not.
    var isMarkedHexadecimal: Bool { token.separator == Self.dot }

    /// True if somebody may have written what could be a hash: a word, a date, or a word with a number behind it.
    var isWritten: Bool {
        if mayBeHexadecimal {
            let hash = token.text
            return hash.allSatisfy { !$0.isASCIIDigit } || hash.count == 8 && hash.isDate
        }
        return tail8.map { $0.isOrdinary && !$0.allSatisfy(\.isBase32) } ?? true
    }

    /// An identity that says nothing of the content: `8-4-4-4-12` digits.
    private var isUUID: Bool {
        guard stem.count >= 36 else { return false }
        let parts = stem.suffix(36).split(separator: Self.dash, omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }

    /// `SUMMER25` and `CHAPTER3` have the form as well.
    var isBase32: Bool {
        guard token.separator == Self.dash, token.text.count == 8, token.text.allSatisfy(\.isBase32) else {
            return false
        }
        let (digits, letters) = (token.text.prefix { $0.isASCIIDigit }, token.text.prefix { !$0.isASCIIDigit })
        return !token.text.dropFirst(digits.count).allSatisfy { !$0.isASCIIDigit }
            && !token.text.dropFirst(letters.count).allSatisfy(\.isASCIIDigit)
    }

    /// The last 8 characters behind a `-` or `.`, which may have `-` and `_` themselves. Rollup puts a number behind them
    /// if two names would be the same in a file system that ignores case.
    var tail8: ArraySlice<UInt8>? {
        for numbers in 0...1 {
            let whole = stem.dropLast(numbers)
            guard whole.count >= 10, [Self.dash, Self.dot].contains(whole[whole.endIndex - 9]) else { continue }
            let tail = whole.suffix(8)
            if tail.allSatisfy({ $0.isASCIIAlphanumeric || $0.isJoint }),
                stem.suffix(numbers).allSatisfy(\.isASCIIDigit)
            {
                return tail
            }
        }
        return nil
    }

    /// True for `BRBmoGS9`; false for what people write: `settings`, `Settings`, `20240115`, `iPhone15`, `IMG_1234`,
    /// `1280x720`, `may-2024`, `iPhone-8`.
    var isBase64: Bool {
        guard let tail = tail8, tail.contains(where: \.isASCIILowercase), tail.contains(where: \.isASCIIUppercase)
        else {
            return false
        }
        return !tail.split(whereSeparator: \.isJoint).allSatisfy(\.isWord)
    }
}

extension ArraySlice<UInt8> {
    /// A number, or a word with at most one capital inside and perhaps a number behind it.
    fileprivate var isWord: Bool {
        let letters = prefix { $0.isASCIILetter }
        return dropFirst(letters.count).allSatisfy(\.isASCIIDigit)
            && letters.dropFirst().count(where: \.isASCIIUppercase) <= 1
    }

    /// `20240115`
    fileprivate var isDate: Bool {
        guard count == 8, allSatisfy(\.isASCIIDigit) else { return false }
        let numbers = map { Int($0 - UInt8(ascii: "0")) }
        let (month, day) = (numbers[4] * 10 + numbers[5], numbers[6] * 10 + numbers[7])
        return [19, 20].contains(numbers[0] * 10 + numbers[1]) && (1...12).contains(month) && (1...31).contains(day)
    }

    /// What somebody may have written: `settings`, `Settings`, `chapter3`, `20240115`, `may-2024`.
    fileprivate var isOrdinary: Bool {
        split(whereSeparator: \.isJoint).allSatisfy { part in
            let rest = part.drop { $0.isASCIIUppercase }
            let capitals = part.count - rest.count
            let letters = rest.prefix { $0.isASCIILowercase }
            return capitals <= (letters.isEmpty ? 0 : 1) && rest.dropFirst(letters.count).allSatisfy(\.isASCIIDigit)
        }
    }

    fileprivate func hasSuffix(_ text: StaticString) -> Bool {
        suffix(text.utf8CodeUnitCount).elementsEqual("\(text)".utf8)
    }
}

extension UInt8 {
    fileprivate var isBase32: Bool { isASCIIUppercase || (UInt8(ascii: "2")...UInt8(ascii: "7")).contains(self) }
    fileprivate var isJoint: Bool { self == UInt8(ascii: "-") || self == UInt8(ascii: "_") }
}
