internal import Glibc
internal import PipelineKit
internal import SystemPackage
internal import TextCoding

/// What `init` finds around the file that it writes, so that less of it must be edited.
struct SiteFacts {
    /// Where builders of sites put what they make, relative to the project; those that have an `index.html`.
    var sources: [String] = []
    /// What the store is named after: the project's folder, so that two sites of one machine do not share a store.
    var name = "my-site"
    /// The deploy that is described beside the file.
    var deploy: Neighbour?

    struct Neighbour {
        /// The file's name.
        var name: String
        /// What tells its site, and where visitors find it: the options that it sets by a text.
        var options: [(name: String, text: String)] = []
        /// Those that it sets by an expression.
        var unknown: [String] = []

        func text(ofOption name: String) -> String? { options.first { $0.name == name }?.text }
    }

    /// Vite and Astro, webpack, Hugo and Gatsby, Jekyll and Eleventy, Next.js, MkDocs.
    private static let builders = ["dist", "build", "public", "_site", "out", "site"]
    private static let options = ["store", "distribution", "origin", "current", "url"]

    init() {}

    /// - Parameter path: of the file to write.
    init(around path: FilePath) {
        let folder = path.removingLastComponent()
        let project = ProjectLocator(around: folder).project.folder
        if let name = project.lastComponent.flatMap({ Self.storeName($0.string) }) { self.name = name }
        sources = Self.builders.filter { access(project.appending($0).appending("index.html").string, F_OK) == 0 }
        deploy =
            ["deploy.yml", "deploy.yaml"].lazy.filter { $0 != path.lastComponent?.string }.compactMap { name in
                (try? DurableFile.read(folder.appending(name), limit: 1 << 20)).flatMap { bytes in
                    PipelineOutline(bytes: bytes).map { Self.neighbour(name, $0) }
                }
            }.first
    }

    /// A folder's name as a part of a path and of a bucket's keys, which no shell and no YAML reads as anything else.
    ///
    /// - Returns: nil if too little is left of it.
    static func storeName(_ folder: String) -> String? {
        let parts = folder.utf8.split { !($0.isASCIIAlphanumeric || "._-".utf8.contains($0)) }
            .map { String(decoding: $0, as: UTF8.self) }
        let name = parts.joined(separator: "-").drop { !($0.isLetter || $0.isNumber) }
        return name.contains(where: \.isLetter) ? String(name) : nil
    }

    private static func neighbour(_ name: String, _ outline: PipelineOutline) -> Neighbour {
        var neighbour = Neighbour(name: name)
        for option in options {
            if let text = outline.text(ofOption: option) {
                neighbour.options.append((option, text))
            } else if outline.sets(option) {
                neighbour.unknown.append(option)
            }
        }
        return neighbour
    }

    /// The options that tell which site a rollback is about, as the file's `with`; nil if the neighbour does not tell.
    var place: String? {
        guard let deploy, deploy.text(ofOption: "store") != nil else { return nil }
        let lines = deploy.options.filter { $0.name != "url" }.map { "  \($0.name): \(Value.text($0.text).json)" }
        return (["# As in \(deploy.name).", "with:"] + lines).joined(separator: "\n")
    }
}
