import FoundationEssentials
import Testing

/// `make guards` takes each guard out by a patch. Whoever changes what a patch is about learns here that it must change too.
@Suite struct GuardPatchTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

    private struct Patch {
        var name: String
        /// The lines above the diff, by the word that they begin with.
        var header: [String: String] = [:]
        /// What each piece of the diff finds in which file: its lines, without those that it adds.
        var pieces: [(file: String, lines: [String])] = []

        init(_ name: String, _ text: String) {
            self.name = name
            var file = ""
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                if file.isEmpty, line.hasPrefix("# "), let colon = line.firstIndex(of: ":") {
                    header[String(line[..<colon].dropFirst(2))] = String(line[colon...].dropFirst(2))
                } else if line.hasPrefix("+++ b/") {
                    file = String(line.dropFirst(6))
                } else if line.hasPrefix("@@ ") {
                    pieces.append((file, []))
                } else if !pieces.isEmpty, !line.hasPrefix("+"), !line.hasPrefix("diff "), !line.hasPrefix("--- a/") {
                    pieces[pieces.count - 1].lines.append(String(line.dropFirst()))
                }
            }
        }
    }

    private static func patches() throws -> [Patch] {
        try FileManager.default.contentsOfDirectory(atPath: root + "/Tests/Guards").sorted().map { name in
            Patch(name, try text(of: "Tests/Guards/" + name))
        }
    }

    private static func text(of path: String) throws -> String {
        let data = try #require(FileManager.default.contents(atPath: "\(root)/\(path)"), "there is no \(path)")
        return String(decoding: data, as: UTF8.self)
    }

    @Test func eachStillApplies() throws {
        let patches = try Self.patches()
        #expect(patches.count > 15)
        for patch in patches {
            #expect(!patch.pieces.isEmpty, "\(patch.name) changes nothing")
            for (file, lines) in patch.pieces {
                #expect(file.hasPrefix("Sources/"), "\(patch.name) changes \(file)")
                let places = try Self.text(of: file).ranges(of: "\n" + lines.joined(separator: "\n") + "\n").count
                #expect(
                    places == 1,
                    """
                    a piece of Tests/Guards/\(patch.name) fits \(places) places of \(file): write its diff anew, and see that \
                    `make guards` still says that it is noticed
                    """)
            }
        }
    }

    /// The tests that must notice are named by module, suite and function, so that a guard costs seconds. A suite's file has
    /// its name.
    @Test func eachSaysWhatItIsForAndWhoNotices() throws {
        let files = try FileManager.default.subpathsOfDirectory(atPath: Self.root + "/Tests")
        for patch in try Self.patches() {
            let sentence = patch.header["guard"] ?? ""
            #expect(sentence.count > 20 && sentence.last != ".", "\(patch.name) does not say what it is for")
            let filters = (patch.header["tests"] ?? "").split(separator: " ")
            #expect(!filters.isEmpty, "\(patch.name) names no tests")
            for filter in filters {
                let parts = filter.split(whereSeparator: { "./".contains($0) })
                // A suite may be within another one.
                guard parts.count > 2, let test = parts.last else {
                    Issue.record("\(patch.name) names \(filter), which is not MODULE.SUITE/TEST")
                    continue
                }
                let suite = "\(parts[parts.count - 2]).swift"
                guard let file = files.first(where: { $0.hasPrefix("\(parts[0])/") && $0.hasSuffix("/\(suite)") })
                else {
                    Issue.record("\(patch.name) names \(filter), and there is no \(suite) below Tests/\(parts[0])")
                    continue
                }
                let hasTest = try Self.text(of: "Tests/" + file).contains("func \(test)")
                #expect(hasTest, "\(patch.name) names \(filter), which is not in \(file)")
            }
        }
    }
}
