// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("NonisolatedNonsendingByDefault"), .treatAllWarnings(as: .error),
]

// A team's own runner: the standard kinds and one more.
let package = Package(
    name: "custom-runner",
    dependencies: [
        .package(name: "runner", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        .target(
            name: "PageWeightStep",
            dependencies: [
                .product(name: "PipelineKit", package: "runner"),
                .product(name: "Releases", package: "runner"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "site-runner",
            dependencies: [
                "PageWeightStep",
                .product(name: "PipelineKit", package: "runner"),
                .product(name: "RunnerCLI", package: "runner"),
                .product(name: "StandardSteps", package: "runner"),
            ], swiftSettings: settings),
        .testTarget(
            name: "PageWeightTests",
            dependencies: ["PageWeightStep", .product(name: "PipelineKit", package: "runner")],
            swiftSettings: settings),
    ]
)
