internal import HTTP
internal import Releases
internal import TextCoding

/// Where a release may be served, if all that is known is one page of the site: `https://h/docs/page.html` is the file
/// `docs/page.html` of a release at `/`, or `page.html` of one at `/docs/`.
struct ReleaseBase {
    private let page: HTTPURL
    /// The shortest paths first: they are the likeliest.
    private var places: [(path: String, keys: Set<String>, isFound: Bool)] = []

    init(of page: HTTPURL) {
        self.page = page
        let path = String(page.target.prefix { $0 != "?" })
        for slash in path.indices where path[slash] == "/" {
            let end = path.index(after: slash)
            guard let rest = PercentEncoding.decode(path[end...]) else { continue }
            let isFolder = rest.isEmpty || rest.hasSuffix("/")
            places.append(
                (
                    String(path[..<end]),
                    isFolder ? [rest + "index.html"] : [rest, rest + ".html", rest + "/index.html"],
                    false
                ))
        }
        if !path.hasSuffix("/") { places.append((path + "/", ["index.html"], false)) }
    }

    /// - Parameter key: of a file of the release.
    mutating func note(_ key: String) {
        for index in places.indices where places[index].keys.contains(key) { places[index].isFound = true }
    }

    /// The URLs below which the page is a file of the release, at most 3. If there are none, the page is not one of its
    /// files: then the page itself, if it is a folder, and the host's root.
    func candidates() throws -> [HTTPURL] {
        var paths = places.filter(\.isFound).map(\.path)
        if paths.isEmpty {
            let path = String(page.target.prefix { $0 != "?" })
            paths = path.hasSuffix("/") && path != "/" ? [path, "/"] : ["/"]
        }
        return try paths.prefix(3).map { try page.with(target: $0) }
    }
}
