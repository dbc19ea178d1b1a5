import FoundationEssentials
import Testing

/// Imports point one way: `runner → RunnerCLI → Steps → Mirrors → Releases → AWS → ObjectStorage → HTTP → C libraries`,
/// and every module may see `PipelineKit`, which sees none of them. `TextCoding` sees nothing, and all may see it.
@Suite struct ImportTests {
    /// The modules of the package that each module may import.
    static let allowed: [String: Set<String>] = [
        "TextCoding": [],
        "Digest": ["COpenSSL", "TextCoding"],
        "PipelineKit": ["Digest", "TextCoding", "CLinux", "CProcess", "CYaml"],
        "RegularExpressions": ["PipelineKit", "TextCoding"],
        "HTTP": ["CCurl", "CLinux", "PipelineKit", "TextCoding"],
        "ObjectStorage": ["HTTP", "PipelineKit", "Digest", "TextCoding"],
        "AWS": ["ObjectStorage", "HTTP", "PipelineKit", "Digest", "TextCoding"],
        "Releases": ["PipelineKit", "Digest", "TextCoding", "ObjectStorage", "AWS", "HTTP", "CLinux", "CZlib"],
        "Mirrors": ["PipelineKit", "Digest", "ObjectStorage", "Releases", "CLinux"],
        "Steps": [
            "PipelineKit", "Mirrors", "Releases", "AWS", "HTTP", "Digest", "TextCoding", "CZlib", "RegularExpressions",
        ],
        "StandardSteps": ["PipelineKit"],
        "RunnerCLI": ["PipelineKit", "Releases", "AWS", "HTTP", "Digest", "TextCoding"],
        "runner": ["PipelineKit", "RunnerCLI", "StandardSteps"],
    ]

    /// Only these see the C libraries.
    static let wrappers = [
        "CCurl": ["HTTP"], "CLinux": ["Releases", "Mirrors", "HTTP/Message", "PipelineKit/FileSystem"],
        "COpenSSL": ["Digest"], "CProcess": ["PipelineKit/Process"],
        "CYaml": ["PipelineKit/PipelineFile/YAML"], "CZlib": ["Steps/Gzip", "Releases/Assets"],
    ]

    @Test func everyImportPointsDown() throws {
        let sources = try SourceFile.all()
        #expect(sources.count > 50)
        let modules = Set(Self.allowed.values.joined()).union(Self.allowed.keys).union(sources.compactMap(\.stepModule))
        for file in sources {
            let allowed =
                file.layer == "StandardSteps"
                ? modules.filter { $0.hasSuffix("Step") || $0 == "PipelineKit" } : Self.allowed[file.layer] ?? []
            let wrong = file.imports.intersection(modules).subtracting(allowed)
            #expect(wrong.isEmpty, "\(file.path) imports \(wrong.sorted())")
        }
    }

    @Test func onlyTheWrappersSeeTheCLibraries() throws {
        for file in try SourceFile.all() {
            for (library, homes) in Self.wrappers where file.imports.contains(library) {
                #expect(homes.contains { file.path.hasPrefix($0 + "/") }, "\(file.path) imports \(library)")
            }
        }
    }

    /// What storages differ in is a value. Only distributions, which are pointers into a bucket, are asked of AWS itself.
    @Test func theBucketStoreKnowsNoServer() throws {
        let files = try SourceFile.all().filter { $0.path.hasPrefix("Releases/Bucket/") }
        #expect(files.count > 10)
        for file in files { #expect(!file.imports.contains("AWS"), "\(file.path) imports AWS") }
    }

    @Test func noStepKnowsAnother() throws {
        for file in try SourceFile.all() where file.layer == "Steps" {
            let others = file.imports.filter { $0.hasSuffix("Step") }
            #expect(others.isEmpty, "\(file.path) imports \(others)")
        }
    }

    /// A kind itself says what the engine must know about it.
    @Test func theEngineNamesNoKind() throws {
        let sources = try SourceFile.all()
        let declared = sources.filter { $0.layer == "Steps" }.flatMap { file in
            file.text.matches(of: /StepKind\(\s*"([a-z-]+)"/).map { String($0.output.1) }
        }
        #expect(declared.count > 10)
        for file in sources where file.layer == "PipelineKit" {
            for line in file.text.split(separator: "\n") where !line.drop(while: \.isWhitespace).hasPrefix("//") {
                for kind in declared {
                    #expect(!line.contains("== \"\(kind)\"") && !line.contains("`\(kind)`"), "\(file.path): \(line)")
                }
            }
        }
    }

    @Test func timeComesFromTheContext() throws {
        // libcurl asks for its own timers, on threads that no step waits for.
        let exempt: Set = [
            "PipelineKit/Step/RunClock.swift", "PipelineKit/Process/LimitTimer.swift", "HTTP/EventLoop/SocketSet.swift",
            "HTTP/EventLoop/TransferLoop.swift",
        ]
        for file in try SourceFile.all() where !exempt.contains(file.path) {
            for call in ["Task.sleep", "ContinuousClock()", "Date()", "ContinuousClock.now"] {
                #expect(!file.text.contains(call), "\(file.path) calls \(call)")
            }
        }
    }

    @Test func onlyTheCLIPrints() throws {
        let call = /(^|[^A-Za-z.])print\(/
        for file in try SourceFile.all() where file.layer != "RunnerCLI" {
            #expect(file.text.firstMatch(of: call) == nil, "\(file.path) prints")
        }
    }
}

/// A Swift file below `Sources`.
struct SourceFile {
    /// Below `Sources`.
    var path: String
    var text: String

    var layer: String {
        let parts = path.split(separator: "/").map(String.init)
        return parts[0] == "Steps" && parts[1] == "StandardSteps" ? "StandardSteps" : parts[0]
    }

    var stepModule: String? {
        let parts = path.split(separator: "/").map(String.init)
        return parts[0] == "Steps" && parts[1] != "StandardSteps" ? parts[1] + "Step" : nil
    }

    var imports: Set<String> {
        let pattern = /^(?:@\w+ )?(?:public |package |internal |private )?import (?:\w+ )?(\w+)/
            .anchorsMatchLineEndings()
        return Set(text.matches(of: pattern).map { String($0.1) })
    }

    static func all(below folder: String = "Sources") throws -> [SourceFile] {
        let sources = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/" + folder
        let names = try FileManager.default.subpathsOfDirectory(atPath: sources)
        return try names.filter { $0.hasSuffix(".swift") }.map { name in
            let data = FileManager.default.contents(atPath: sources + "/" + name)
            return SourceFile(path: name, text: String(decoding: try #require(data), as: UTF8.self))
        }
    }
}
