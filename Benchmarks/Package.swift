// swift-tools-version: 6.3
import PackageDescription

// A package of its own, so that who uses the libraries does not fetch what only their measurement needs.
let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "ptr", path: ".."),
        // Without its traits: we count allocations ourselves, and its interposers would slow down what they count.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        .target(name: "CAllocationCount"),
        .target(name: "CHeap"),
        // zlib's encoder: what a server does.
        .systemLibrary(name: "CDeflateOut", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "Measurement", swiftSettings: settings),
        .target(
            name: "TreeParts",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Pipeline", package: "ptr"),
            ],
            swiftSettings: settings),
        // Not one of the benchmark package's: each of its measurements wants a process that has done nothing before.
        .executableTarget(
            name: "IdleWorkers",
            dependencies: [
                "CHeap", "Measurement", "TreeParts",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Pipeline", package: "ptr"),
                .product(name: "Supervision", package: "ptr"),
            ],
            swiftSettings: settings),
        // Needs a process of which nothing else is resident.
        .executableTarget(
            name: "ProcessCosts",
            dependencies: [
                "Measurement",
                .product(name: "Launching", package: "ptr"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "FrameCosts",
            dependencies: [
                "Measurement",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "WorkerProtocol", package: "ptr"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "CompressionCosts",
            dependencies: [
                "CDeflateOut", "Measurement",
                .product(name: "EventSource", package: "ptr"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "ReaderCosts",
            dependencies: [
                "Measurement",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "EventSource", package: "ptr"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "FilterCosts",
            dependencies: [
                "Measurement", "TreeParts",
                .product(name: "EventSource", package: "ptr"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Pipeline", package: "ptr"),
                .product(name: "Supervision", package: "ptr"),
                .product(name: "Templates", package: "ptr"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "ScalingCosts",
            dependencies: [
                "Measurement",
                .product(name: "Pipeline", package: "ptr"),
                .product(name: "ScalingModel", package: "ptr"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "PrintCosts",
            dependencies: [
                "Measurement",
                .product(name: "Handlers", package: "ptr"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Pipeline", package: "ptr"),
                .product(name: "Templates", package: "ptr"),
                .product(name: "Writing", package: "ptr"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "CrashRates",
            dependencies: [
                "Measurement", "TreeParts",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Pipeline", package: "ptr"),
                .product(name: "Supervision", package: "ptr"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "WorkerRates",
            dependencies: [
                "Measurement", "TreeParts",
                .product(name: "Handlers", package: "ptr"),
                .product(name: "Launching", package: "ptr"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Pipeline", package: "ptr"),
                .product(name: "Supervision", package: "ptr"),
                .product(name: "WorkerProtocol", package: "ptr"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "ParserBenchmarks",
            dependencies: [
                "CAllocationCount", "Measurement",
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "EventSource", package: "ptr"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Benchmarks/ParserBenchmarks",
            swiftSettings: settings,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
        .executableTarget(
            name: "PipelineBenchmarks",
            dependencies: [
                "Measurement", "TreeParts",
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Pipeline", package: "ptr"),
                .product(name: "Supervision", package: "ptr"),
            ],
            path: "Benchmarks/PipelineBenchmarks",
            swiftSettings: settings,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ]
)
