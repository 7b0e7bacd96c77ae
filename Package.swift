// swift-tools-version: 6.2
import PackageDescription

// Every target compiles in Swift 6 mode with complete concurrency checking (the default of these tools).
// Not MemberImportVisibility: of a C header that several modules include (`struct stat`), the build's order decides which
// one owns its members.
let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

/// Of the parser and of what the simulation runs, whose tests are long: 20,000 seeds take a minute and not ten when all
/// that is optimized, also for debugging.
/// SwiftPM refuses such flags of a package that another one has checked out.
let fastSettings =
    Context.packageDirectory.contains("/checkouts/")
    ? settings : settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let fastCSettings: [CSetting] =
    Context.packageDirectory.contains("/checkouts/") ? [] : [.unsafeFlags(["-O2"], .when(configuration: .debug))]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let collections: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let bits: Target.Dependency = .product(name: "BitCollections", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioConcurrencyHelpers: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")

/// Whether NATS is built in, which needs libnats: `PTR_NATS=1` in the environment. Without it none of its targets exists, and
/// nothing else is built differently.
let withNATS = Context.environment["PTR_NATS"] == "1"

/// The floors of the pipeline, for tests that look behind it.
let floors: [Target.Dependency] = ["Ledger", "Flow", "Tree", "PtrObservation"]

/// A target of `Sources/Core`. The list below is in the order of the layers: a target may depend on the ones above it,
/// never on the ones under it.
func core(
    _ name: String, _ dependencies: [Target.Dependency], folder: String? = nil, exclude: [String] = [],
    settings: [SwiftSetting] = settings
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/Core/\(folder ?? name)", exclude: exclude,
        swiftSettings: settings)
}

/// The tests of one target, in the folder of its name.
func tests(_ name: String, _ dependencies: [Target.Dependency], folder: String? = nil) -> Target {
    .testTarget(
        name: "\(folder ?? name)Tests", dependencies: [.target(name: name), "Locking", "TestKit"] + dependencies,
        path: "Tests/\(folder ?? name)Tests", swiftSettings: settings)
}

let package = Package(
    name: "ptr",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Supervision", targets: ["Supervision"]),
        .library(name: "EventSource", targets: ["EventSource"]),
        // With the client, so that a program that imports both needs no other product than before.
        .library(name: "ControlAPI", targets: ["ControlAPI", "ControlClient"]),
        .library(name: "Pipeline", targets: ["Pipeline"]),
        .library(name: "EventStreamInput", targets: ["EventStreamInput"]),
        .library(name: "Storage", targets: ["Storage"]),
        .library(name: "Launching", targets: ["Launching"]),
        .executable(name: "ptrd", targets: ["ptrd"]),
        .executable(name: "ptrctl", targets: ["ptrctl"]),
        .executable(name: "ptrfeed", targets: ["ptrfeed"]),
        // For the measurement of them.
        .library(name: "Templates", targets: ["Templates"]),
        .library(name: "WorkerProtocol", targets: ["WorkerProtocol"]),
        .library(name: "Handlers", targets: ["Handlers"]),
        .library(name: "ScalingModel", targets: ["ScalingModel"]),
        .library(name: "Writing", targets: ["Writing"]),
        // For our own tests, which preload it.
        .library(name: "Wedge", type: .dynamic, targets: ["Wedge"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.10.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        // AsyncHTTPClient's TLS, named here for the types of its configuration and errors.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Layer 0: knows nothing of ours but the lock.
        .target(name: "CLocking"),
        .target(name: "CMemory"),
        .target(name: "CArguments", path: "Sources/Core/CArguments"),
        .target(name: "CLaunching", path: "Sources/Core/CLaunching"),
        core("Locking", ["CLocking", heap], settings: fastSettings),
        core(
            "Supervision", ["Locking", collections, serviceLifecycle], exclude: ["README.md"], settings: fastSettings),
        .systemLibrary(name: "CDeflate", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CScanning", path: "Sources/Core/CScanning", cSettings: fastCSettings),
        // NIO's locks, of which it has the package anyway; the thread sanitizer understands those, too.
        core(
            "EventSource",
            [
                "CDeflate", "CScanning", asyncHTTPClient, logging, nioConcurrencyHelpers, nioCore, nioHTTP1, nioPosix,
                nioSSL,
            ],
            settings: fastSettings),
        core("Templates", ["CScanning"], settings: fastSettings),
        core("ProgramKit", ["CArguments"]),
        core("WorkerProtocol", ["Templates", nioCore], settings: fastSettings),
        .systemLibrary(name: "CWriting"),
        core("Writing", ["CScanning", "Locking", "ProgramKit", "CWriting", collections]),
        core("Launching", ["CLaunching", "Locking", "ProgramKit", "Writing", collections, nioCore]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        core("Systemd", ["Locking", "ProgramKit", "Writing", "CSystemd", logging]),
        core("ProgramStart", ["ProgramKit", argumentParser]),
        // The folder is `Configuration`; swift-configuration, which our dependencies bring along, has taken the
        // module's name.
        core("PtrConfiguration", ["ProgramKit", "Templates"], folder: "Configuration"),
        core("StreamSettings", ["EventSource", "PtrConfiguration", nioCore]),
        core("ControlAPI", ["ProgramKit"]),
        core("ControlClient", ["ProgramKit", "ControlAPI", "EventSource", asyncHTTPClient, nioCore, nioHTTP1]),
        core("PrometheusMetrics", ["Locking", coreMetrics], folder: "Metrics"),
        // Layer 1: the tree.
        core("Ledger", ["Locking", "ProgramKit", collections, crypto, heap, nioCore], settings: fastSettings),
        core(
            "Flow",
            [
                "Locking", "ProgramKit", "Supervision", "Templates", "Ledger", bits, collections, histogram, logging,
                nioCore,
            ],
            settings: fastSettings),
        core(
            "Tree", ["Locking", "Supervision", "Ledger", "Flow", collections, logging, nioCore], settings: fastSettings),
        // The folder is `Observation`; a module of the toolchain has taken the name.
        core(
            "PtrObservation",
            ["Locking", "Supervision", "Ledger", "Flow", "Tree", collections, coreMetrics, logging, nioCore],
            folder: "Observation", settings: fastSettings),
        core(
            "Pipeline", ["Locking", "Supervision", "Ledger", "Flow", "Tree", "PtrObservation", coreMetrics, logging],
            settings: fastSettings),
        // Layer 2: its seams and its front.
        core(
            "EventStreamInput", ["Locking", "EventSource", "Pipeline", logging, nioCore],
            folder: "Sources/EventStream", settings: fastSettings),
        core(
            "Handlers",
            [
                "Locking", "Pipeline", "Supervision", "Writing", "Templates", "Launching", "WorkerProtocol", logging,
                nioCore,
            ], exclude: ["NATS"]),
        // Knows no broker: it goes by a protocol.
        core("Cluster", ["Locking", "Pipeline", nioCore]),
        core("Storage", ["Locking", "ProgramKit", "Pipeline", grdb, logging, nioCore]),
        core(
            "ControlServer",
            [
                "Locking", "Supervision", "ProgramKit", "ControlAPI", "Pipeline", hummingbird, hummingbirdCore, logging,
                nioCore, nioHTTP1, nioPosix, serviceLifecycle,
            ]),
        // The programs.
        .executableTarget(
            name: "ptrd",
            dependencies: [
                "Locking", "Supervision", "EventSource", "Writing", "Systemd", "Launching", "PtrConfiguration",
                "StreamSettings", "PrometheusMetrics", "Pipeline", "Cluster", "CMemory",
                "EventStreamInput", "Handlers", "Storage", "ControlAPI", "ControlServer", "ProgramKit", "ProgramStart",
                argumentParser,
                asyncHTTPClient,
                coreMetrics, logging, nioCore, nioPosix,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "ptrctl",
            dependencies: [
                "Locking", "ProgramKit", "ControlAPI", "ControlClient", "EventSource", "Launching", "PtrConfiguration",
                "StreamSettings", "Templates", "WorkerProtocol", "Writing", argumentParser, nioCore,
            ],
            swiftSettings: settings),
        // Servers that behave as public feeds do. They are the tests' first; `ptrfeed serve --like` is the same, so that who
        // tries a configuration against them tries what is tested.
        .target(
            name: "Feeds", dependencies: ["Locking", nioCore, nioHTTP1, nioPosix], path: "Tests/Feeds",
            swiftSettings: settings),
        .executableTarget(
            name: "ptrfeed",
            dependencies: [
                "ProgramKit", "ProgramStart", "Feeds", argumentParser, nioCore, nioHTTP1, nioPosix, unixSignals,
            ],
            swiftSettings: settings),
        // Tests: a folder per target, and the system tests, which run the built programs.
        .target(
            name: "TestKit", dependencies: ["CDeflate", "Locking", "Writing"], path: "Tests/TestKit",
            swiftSettings: fastSettings),
        // Pools of any size in virtual time, for the tests of the autoscaler and its measurement.
        .target(
            name: "ScalingModel", dependencies: ["Flow", "TestKit"], path: "Tests/ScalingModel",
            swiftSettings: fastSettings),
        // Makes a part of a real ptrd hang that preloads it, for the tests of the watchdog. No program is linked with it.
        .target(name: "Wedge", path: "Tests/Wedge", linkerSettings: [.linkedLibrary("dl")]),
        // Not installed: it puts the client to its limits, for its tests and scripts/flood.
        .executableTarget(
            name: "ClientProbe",
            dependencies: ["EventSource", asyncHTTPClient, nioConcurrencyHelpers, nioCore, nioPosix],
            path: "Tests/ClientProbe", swiftSettings: settings),
        // What stands between a stream and its server: TLS that wants certificates of clients, and proxies.
        .target(
            name: "RouteKit", dependencies: [nioConcurrencyHelpers, nioCore, nioPosix, nioSSL], path: "Tests/RouteKit",
            swiftSettings: settings),
        // Not installed either: a feed server that misbehaves, for the system tests and scripts/rogue.
        .executableTarget(
            name: "RogueFeed",
            dependencies: ["Locking", "TestKit", argumentParser, nioCore, nioPosix, nioSSL],
            path: "Tests/RogueFeed", swiftSettings: settings),
        // An example for who uses the libraries, which is a package of its own as well. Built here, so that all that it needs is
        // not compiled twice.
        .executableTarget(
            name: "HandlerDaemon",
            dependencies: ["EventSource", "EventStreamInput", "Pipeline", "Storage", logging, unixSignals],
            path: "Examples/HandlerDaemon", exclude: ["Package.swift"], sources: ["main.swift"], swiftSettings: settings
        ),
        .testTarget(
            name: "LockingTests", dependencies: ["Locking", "TestKit"], path: "Tests/LockingTests",
            swiftSettings: settings),
        tests("Supervision", [collections, logging, serviceLifecycle]),
        tests(
            "EventSource",
            [
                "CScanning", "ClientProbe", "RouteKit", asyncHTTPClient, logging, nioConcurrencyHelpers, nioCore,
                nioEmbedded, nioHTTP1, nioPosix, nioSSL,
            ]),
        tests("Templates", ["CScanning"]),
        tests("WorkerProtocol", ["Templates", nioCore]),
        tests("Writing", ["ProgramKit"]),
        tests("Launching", ["CLaunching", nioCore]),
        tests("Systemd", ["ProgramKit", "Writing", logging]),
        tests("PrometheusMetrics", [coreMetrics], folder: "Metrics"),
        tests("PtrConfiguration", [], folder: "Configuration"),
        tests("ProgramKit", []),
        tests("ControlAPI", ["ProgramKit"]),
        tests("ControlClient", ["ProgramKit", "ControlAPI", nioCore, nioPosix]),
        tests(
            "Pipeline",
            floors + ["ScalingModel", "Supervision", "Templates", coreMetrics, logging, nioCore]),
        tests("EventStreamInput", floors + ["Pipeline", "EventSource", "Supervision", logging, nioCore]),
        tests(
            "Handlers",
            floors + [
                "Pipeline", "Supervision", "Templates", "Writing", "Launching", "WorkerProtocol", logging, nioCore,
            ]),
        tests("Cluster", ["Pipeline", "Supervision", logging, nioCore]),
        tests("Storage", ["Pipeline", "ProgramKit", grdb, logging, nioCore]),
        tests(
            "ControlServer",
            floors + [
                "Pipeline", "ControlAPI", "ControlClient", "PrometheusMetrics", "Supervision", asyncHTTPClient, logging,
                nioCore, nioPosix, serviceLifecycle,
            ]),
        tests(
            "ptrd",
            [
                "ControlAPI", "ControlServer", "Pipeline", "PtrConfiguration", "Storage", "StreamSettings", "Systemd",
                "Writing",
                logging,
            ]),
        tests(
            "ptrctl",
            [
                "ControlAPI", "ControlClient", "ControlServer", "EventSource", "PtrConfiguration", "RogueFeed",
                "StreamSettings", "Templates", argumentParser, logging, nioCore, nioPosix,
            ]),
        tests("ptrfeed", ["Feeds", argumentParser, nioCore, nioEmbedded, nioHTTP1, nioPosix]),
        tests("Feeds", [asyncHTTPClient, nioCore, nioHTTP1, nioPosix]),
        // The tree of Pipeline in a simulated world, from seeds.
        .testTarget(
            name: "SimulationTests",
            dependencies: floors + [
                "Pipeline",
                "Locking", "Supervision", "EventSource", "EventStreamInput", "Templates", "TestKit", logging, nioCore,
            ],
            swiftSettings: fastSettings),
        // The event-stream client behind the REST interface of a public contract-test harness. It is not installed.
        .executableTarget(
            name: "ContractService",
            dependencies: [
                "EventSource", argumentParser, asyncHTTPClient, hummingbird, logging, nioCore, serviceLifecycle,
                unixSignals,
            ],
            path: "Tests/ContractService", swiftSettings: settings),
        tests("ContractService", [asyncHTTPClient, logging, nioCore, nioHTTP1, nioPosix]),
        .testTarget(
            name: "SystemTests",
            dependencies: [
                "Locking", "TestKit", "HandlerDaemon", "RogueFeed", "RouteKit", "Feeds", "ptrd", "ptrctl", "ptrfeed",
                "ControlAPI",
                "ControlClient", "ControlServer", "Launching", "Pipeline", "Supervision", asyncHTTPClient, grdb,
                logging,
                nioCore, nioSSL,
            ],
            swiftSettings: settings),
    ]
)

// Beneath ptrd, which is the only program that needs them.
if withNATS, let place = package.targets.firstIndex(where: { $0.name == "ptrd" }) {
    let ptrd = package.targets[place]
    ptrd.dependencies += ["JetStream", "NATSHandler", "NATSSource"]
    ptrd.swiftSettings = settings + [.define("NATS")]
    package.targets.insert(
        contentsOf: [
            .systemLibrary(name: "CNats", pkgConfig: "libnats", providers: [.apt(["libnats-dev"])]),
            core("JetStream", ["CNats", "Locking", crypto, nioCore]),
            core(
                "NATSSource", ["JetStream", "Locking", "ProgramKit", "Pipeline", collections, logging, nioCore],
                folder: "Sources/NATS"),
            core(
                "NATSHandler", ["JetStream", "Locking", "Pipeline", "Templates", nioCore], folder: "Handlers/NATS"),
            // Real servers for the tests.
            .target(name: "NATSKit", dependencies: ["Locking"], path: "Tests/NATSKit", swiftSettings: settings),
        ], at: place)
    if let system = package.targets.first(where: { $0.name == "SystemTests" }) {
        system.dependencies += ["JetStream", "NATSKit"]
        system.swiftSettings = settings + [.define("NATS")]
    }
    package.targets += [
        tests("JetStream", ["NATSKit", nioCore]),
        tests(
            "NATSSource",
            floors + [
                "JetStream", "NATSKit", "Pipeline", "Supervision", "ptrd", "ptrctl", collections, logging, nioCore,
            ]),
        tests(
            "NATSHandler",
            ["JetStream", "NATSKit", "Pipeline", "Supervision", "Templates", logging, nioCore]),
    ]
}
