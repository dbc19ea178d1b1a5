// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The target of one step kind: `Sources/Steps/<Kind>`, named `<Kind>Step`.
func step(_ kind: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: "\(kind)Step", dependencies: ["PipelineKit", "TextCoding", logging, system] + dependencies,
        path: "Sources/Steps/\(kind)", swiftSettings: settings)
}

/// Not optimised, also if the rest is: what the tests do themselves is little, and optimising it takes longer than all of them.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name, dependencies: ["TestSupport"] + dependencies,
        swiftSettings: settings + [.unsafeFlags(["-Onone", "-no-whole-module-optimization", "-enable-batch-mode"])])
}

let steps: [Target] = [
    step("GitTag", ["Releases"]),
    step("Hash", ["Releases"]),
    step("Gzip", ["Releases", "Digest", "CZlib"]),
    step("Sync", ["Releases", "Digest"]),
    step("SwitchOrigin", ["AWS", "Releases"]),
    step("Invalidate", ["AWS"]),
    step("Smoke", ["HTTP", "Releases", "Digest", "RegularExpressions"]),
    step("Wait", ["AWS", "HTTP"]),
    step("Release", ["AWS", "Releases"]),
    step("Prune", ["Releases"]),
    step("Mirror", ["Mirrors", "Releases", "AWS"]),
    step("Log", ["Releases"]),
    step("Exec"),
]
let stepModules = steps.map { Target.Dependency.target(name: $0.name) }

let package = Package(
    name: "runner",
    products: [
        .executable(name: "runner", targets: ["runner"]),
        .library(name: "PipelineKit", targets: ["PipelineKit"]),
        .library(name: "Releases", targets: ["Releases"]),
        .library(name: "StandardSteps", targets: ["StandardSteps"]),
        .library(name: "RunnerCLI", targets: ["RunnerCLI"]),
    ] + steps.map { .library(name: $0.name, targets: [$0.name]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CCurl"),
        .systemLibrary(name: "CLinux"),
        .target(name: "CProcess"),
        .systemLibrary(name: "COpenSSL"),
        .systemLibrary(name: "CYaml"),
        .systemLibrary(name: "CZlib"),
        module("TextCoding"),
        module("Digest", ["COpenSSL", "TextCoding"]),
        module("RegularExpressions", ["PipelineKit", "TextCoding"]),
        module("PipelineKit", ["CLinux", "Digest", "TextCoding", "CProcess", "CYaml", logging, system]),
        module("HTTP", ["CCurl", "CLinux", "PipelineKit", "TextCoding", system]),
        module("ObjectStorage", ["HTTP", "PipelineKit", "Digest", "TextCoding", system]),
        module("AWS", ["ObjectStorage", "HTTP", "PipelineKit", "Digest", "TextCoding", logging, system]),
        module(
            "Releases",
            [
                "CLinux", "CZlib", "ObjectStorage", "AWS", "HTTP", "PipelineKit", "Digest", "TextCoding", logging,
                system,
            ]),
        module("Mirrors", ["CLinux", "ObjectStorage", "Releases", "PipelineKit", "Digest", system]),
    ] + steps + [
        .target(
            name: "StandardSteps", dependencies: ["PipelineKit"] + stepModules,
            path: "Sources/Steps/StandardSteps", swiftSettings: settings),
        module(
            "RunnerCLI",
            ["PipelineKit", "HTTP", "AWS", "Releases", "TextCoding", argumentParser, logging, system, unixSignals]),
        .executableTarget(
            name: "runner", dependencies: ["PipelineKit", "RunnerCLI", "StandardSteps"], swiftSettings: settings),

        .target(
            name: "TestSupport",
            dependencies: [
                "ObjectStorage", "AWS", "HTTP", "Digest", "TextCoding", "PipelineKit", "CLinux", "CZlib", logging,
                system,
            ],
            path: "Tests/TestSupport", swiftSettings: settings),
        tests("TextCodingTests", ["TextCoding"]),
        tests("PipelineKitTests", ["PipelineKit", "Digest", logging, system]),
        tests("RegularExpressionsTests", ["RegularExpressions", "PipelineKit"]),
        tests(
            "SimulationTests",
            ["RunnerCLI", "StandardSteps", "AWS", "HTTP", "PipelineKit", "Digest", "TextCoding", system]),
        tests("HTTPTests", ["HTTP", "PipelineKit", system]),
        tests("AWSTests", ["AWS", "ObjectStorage", "HTTP", "PipelineKit", "Digest", "TextCoding", logging, system]),
        tests(
            "ReleasesTests",
            ["Releases", "ObjectStorage", "AWS", "HTTP", "PipelineKit", "Digest", logging, system]),
        tests("MirrorsTests", ["Mirrors", "Releases"]),
        tests(
            "StepsTests",
            ["StandardSteps", "RegularExpressions", "Releases", "AWS", "Digest", "HTTP", logging, system] + stepModules),
        tests("RunnerCLITests", ["RunnerCLI", "StandardSteps", "Releases", "PipelineKit", logging, system]),
        tests(
            "IntegrationTests",
            [
                "PipelineKit", "Releases", "Mirrors", "ObjectStorage", "AWS", "Digest", "HTTP", "RunnerCLI", "runner",
                "StandardSteps",
                argumentParser, logging, system,
            ]
                + stepModules),
        tests("ArchitectureTests", []),
    ]
)
