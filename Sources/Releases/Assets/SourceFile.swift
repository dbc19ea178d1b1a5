/// A file of a source folder, before anything of its content is known.
public struct SourceFile: Hashable, Sendable {
    /// The path below the folder, with `/` between its parts.
    public var key: String
    /// Absolute path of the bytes; if the entry is a link, of what it leads to.
    public var path: String
    /// True if its name holds a hash of its content.
    public var isFingerprinted: Bool
    /// The folder of the site, without links in it; nil for a file that a step has made.
    var site: String?
    /// The path of the file that the site has under this key with `.gz` behind it; nil if it has none.
    var gzip: String?
    /// True if its name says that it is the compressed form of another file of the site.
    var isBesideOriginal = false
    /// What is opened must be this very file; nil if what is at the path will do, because it is inside the folder.
    var pin: FilePin?

    public init(key: String, path: String, site: String? = nil, isFingerprinted: Bool = false) {
        self.key = key
        self.path = path
        self.site = site
        self.isFingerprinted = isFingerprinted
    }

    /// An asset whose bytes are read again.
    public init(_ asset: Asset) {
        self.init(key: asset.key, path: asset.path, site: asset.stored.site)
    }

    /// Where its bytes are.
    public var file: AssetFile { AssetFile(path, site: site) }

    public var hasGzip: Bool { gzip != nil }

    /// What visitors are told of it if its bytes are what its name says.
    public var content: (type: String, coding: String?) {
        ContentCoding.of(key, isBesideOriginal: isBesideOriginal) ?? (ContentType.of(key), nil)
    }

    /// True if what visitors are told depends on whether its bytes are UTF-8.
    public var mayBeText: Bool {
        let (type, coding) = content
        return coding == nil && (ContentType.saysUTF8(type) || ContentType.isAmbiguous(key))
    }

    /// - Parameters:
    ///   - sha256: of its bytes, as 64 hexadecimal digits; empty if it is not known.
    ///   - isUTF8: whether its bytes are; it counts only for text.
    ///   - beginning: the first bytes; they count only for what is compressed by its name.
    public func asset(size: Int, sha256: String, isUTF8: Bool, beginning: [UInt8] = []) -> Asset {
        var (type, coding) = content
        if let named = coding, !ContentCoding.canBegin(beginning, as: named) {
            (type, coding) = (ContentType.of(key), nil)
        }
        let told = isUTF8 ? type : ContentType.withoutCharset(type)
        var asset = Asset(
            key: key, path: path, size: size, sha256: sha256,
            contentType: coding == nil ? ContentType.of(key, isText: isUTF8) ?? told : told, contentEncoding: coding,
            isFingerprinted: isFingerprinted)
        (asset.gzip, asset.site) = (gzip, site)
        return asset
    }
}
