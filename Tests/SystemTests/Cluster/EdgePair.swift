#if NATS
import ControlAPI
import ControlClient
import Foundation
import JetStream
import NATSKit

/// A broker, a feed, and edges that share it.
final class EdgePair: Sendable {
    /// A ptrd of its own state, with the configuration that all have.
    struct Edge: Sendable {
        let program: Program
        let scene: Scene

        /// How the stream is held, as this edge sees it.
        func stream() async throws -> Status.Stream? { try? await scene.control.status().streams.first }

        func ptrctl(_ arguments: String...) async throws -> Outcome {
            try await Program("ptrctl", ["--socket", scene.socket] + arguments).outcome
        }
    }

    let nodes: [NATSNode]
    let feed: NumberedFeed
    let connection: NATSConnection
    private let lease: String
    private let scenes: [String: Scene]

    init(_ nodes: [NATSNode], lease: String = "3s") async throws {
        self.nodes = nodes
        self.lease = lease
        feed = try NumberedFeed()
        scenes = ["a": try Scene(), "b": try Scene()]
        for node in nodes { try node.start() }
        connection = NATSConnection(NATSSettings(servers: nodes.map(\.url)))
        connection.start()
        try await eventually("there is a stream") {
            try? await connection.makeStream(
                StreamRequirements(name: "EVENTS", subjects: ["ev.>"], replicas: min(nodes.count, 3)))
        }
    }

    /// Starts an edge, with the state that it left.
    func start(_ name: String) async throws -> Edge {
        let scene = scenes[name]!
        let path = scene.folder.appending(path: "ptrd.toml").path
        let servers = nodes.map { "\"\($0.url)\"" }.joined(separator: ", ")
        try """
        [stream.feed]
        url = "http://127.0.0.1:\(feed.port)/"
        reconnect = { initial = "100ms", max = "200ms" }
        [nats]
        servers = [\(servers)]
        [handler]
        kind = "nats"
        [handler.nats]
        stream = "EVENTS"
        subject = "ev.{@stream}"
        [cluster]
        bucket = "ptr_streams"
        lease = "\(lease)"
        node = "\(name)"
        [state]
        directory = "\(scene.folder.appending(path: "state").path)"
        [control]
        socket = "\(scene.socket)"
        """.write(toFile: path, atomically: true, encoding: .utf8)
        return Edge(program: try await scene.daemon(path), scene: scene)
    }

    /// Waits until an edge holds the stream and has received something of it.
    @discardableResult
    func receives(_ edge: Edge, more events: UInt64 = 0) async throws -> Status.Stream {
        try await eventually(within: .seconds(60), "it receives: \(edge.program.errors.all.suffix(5))") {
            guard let stream = try await edge.stream(), stream.lease?.role == .holder, stream.events > events else {
                return nil
            }
            return stream
        }
    }

    func stands(_ edge: Edge, by holder: String) async throws {
        try await eventually(within: .seconds(60), "it stands by: \(edge.program.errors.all.suffix(5))") {
            () -> Bool? in
            guard let stream = try await edge.stream() else { return nil }
            return stream.state == .standby && stream.lease?.role == .standby && stream.lease?.holder == holder
                ? true : nil
        }
    }

    /// Lets the feed end, and waits until each event is stored. Returns how many are, and how many there were.
    func storedInTheEnd() async throws -> (stored: UInt64, events: UInt64) {
        let events = UInt64(feed.end())
        let stored =
            try await eventually(within: .seconds(60), "all \(events) events are stored") {
                guard let stored = try? await connection.stream("EVENTS")?.messages else { return nil }
                return stored >= events ? stored : nil
            } as UInt64
        return (stored, events)
    }

    func end() async {
        feed.close()
        await connection.close()
    }
}
#endif
