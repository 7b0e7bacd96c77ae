// swift-tools-version: 6.2
import Foundation
import PackageDescription

// A package of its own, for two reasons: the sanitizer's flags are such that nobody could depend on a package with them,
// and what is fuzzed, compiled here from its sources, needs of all the dependencies only NIOCore.

/// The parser's files; the rest of the library is the client. (`--manifest-cache none` sees to it that a new file is
/// noticed.)
let folder = "\(Context.packageDirectory)/Sources/Parser"
let parser = try FileManager.default.contentsOfDirectory(atPath: folder).filter { file in
    file.hasSuffix(".swift")
        && ["EventStreamParser", "EventStreamEvent", "EventStreamLimits", "EventStreamBatch", "PieceBuffer"].contains {
            file.hasPrefix($0)
        }
}
let decoder = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/ContentDecoding").map {
    "ContentDecoding/\($0)"
}

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .unsafeFlags(["-sanitize=fuzzer", "-parse-as-library"]),
]

let fuzzer: [LinkerSetting] = [.unsafeFlags(["-sanitize=fuzzer"])]

let package = Package(
    name: "ptr-fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/apple/swift-nio", from: "2.101.0")],
    targets: [
        .target(
            name: "EventSource", dependencies: ["CDeflate", "CScanning", nioCore], path: "Sources/Parser",
            sources: (parser + decoder).sorted(),
            swiftSettings: settings),
        .systemLibrary(name: "CDeflate", path: "Sources/Deflate", pkgConfig: "zlib"),
        .target(name: "CScanning", path: "Sources/Scanning"),
        .target(name: "CArguments", path: "Sources/Arguments"),
        .target(name: "ProgramKit", dependencies: ["CArguments"], path: "Sources/ProgramKit", swiftSettings: settings),
        .target(name: "Templates", dependencies: ["CScanning"], path: "Sources/Templates", swiftSettings: settings),
        .target(
            name: "PtrConfiguration", dependencies: ["ProgramKit", "Templates"], path: "Sources/Configuration",
            swiftSettings: settings),
        .target(
            name: "WorkerProtocol", dependencies: ["Templates", nioCore], path: "Sources/WorkerProtocol",
            swiftSettings: settings),
        .target(name: "CFuzzerMain"),
        .executableTarget(
            name: "ParserFuzzer", dependencies: ["CFuzzerMain", "EventSource", nioCore], swiftSettings: settings,
            linkerSettings: fuzzer),
        .executableTarget(
            name: "DecoderFuzzer", dependencies: ["CFuzzerMain", "EventSource", nioCore], swiftSettings: settings,
            linkerSettings: fuzzer),
        .executableTarget(
            name: "ConfigurationFuzzer", dependencies: ["CFuzzerMain", "PtrConfiguration"], swiftSettings: settings,
            linkerSettings: fuzzer),
        .executableTarget(
            name: "TemplateFuzzer", dependencies: ["CFuzzerMain", "Templates"], swiftSettings: settings,
            linkerSettings: fuzzer),
        .executableTarget(
            name: "FilterFuzzer", dependencies: ["CFuzzerMain", "Templates"], swiftSettings: settings,
            linkerSettings: fuzzer),
        .executableTarget(
            name: "ProtocolFuzzer", dependencies: ["CFuzzerMain", "Templates", "WorkerProtocol", nioCore],
            swiftSettings: settings, linkerSettings: fuzzer),
    ]
)
