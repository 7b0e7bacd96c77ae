// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "HandlerDaemon",
    platforms: [.macOS(.v15)],
    dependencies: [
        // Of a package of your own: .package(url: "…/ptr", from: "0.2.0")
        .package(name: "ptr", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "HandlerDaemon",
            dependencies: [
                .product(name: "EventSource", package: "ptr"),
                .product(name: "EventStreamInput", package: "ptr"),
                .product(name: "Pipeline", package: "ptr"),
                .product(name: "Storage", package: "ptr"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: ".", sources: ["main.swift"])
    ]
)
