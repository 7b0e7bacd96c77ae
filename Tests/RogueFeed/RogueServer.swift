import Locking
import NIOCore
import NIOPosix
import NIOSSL

/// Where a feed can be asked.
enum Door: CaseIterable, Sendable {
    case plain
    /// Another origin of the same streams.
    case other
    case tls
    /// TLS that offers HTTP/2, which this server does not speak.
    case tlsWithHTTP2

    var isEncrypted: Bool { self == .tls || self == .tlsWithHTTP2 }
}

/// A feed server on loopback, whose streams are `/SHAPE/NAME`, `/gone` (204) and `/loop` (a redirect to itself). They are
/// there as soon as somebody asks for them, and have something new to say so many times a second.
final class RogueServer: Sendable {
    /// How often a connection looks for what is new.
    let tick: TimeAmount
    private let manners: any Manners
    private let seed: UInt64
    private let oversizeEvery: Int?
    private let state = Locked(State())

    private struct State {
        var ports: [Door: Int] = [:]
        var listeners: [any Channel] = []
        var logs: [String: FeedLog] = [:]
        var connections: [Int: Connection] = [:]
        var accepted = 0
        var spokenHTTP2 = 0
        var wiring: Wiring?
        var growth: RepeatedTask?
        var isGrowing = true
        var requests: [Request] = []
    }

    private struct Connection: Sendable {
        let wire: NIOLoopBound<WireHandler>
        var path: String?
    }

    /// A request, and when it came.
    struct Request: Sendable {
        let path: String
        let lastEventID: String
        let connection: Int
        let time: ContinuousClock.Instant
    }

    /// How many of the last requests are kept.
    private static let kept = 20_000

    init(
        seed: UInt64 = 1, manners: any Manners = GoodManners(), oversizeEvery: Int? = nil,
        tick: TimeAmount = .milliseconds(10)
    ) {
        self.seed = seed
        self.manners = manners
        self.oversizeEvery = oversizeEvery
        self.tick = tick
    }

    /// Listens at free ports.
    ///
    /// - Parameter rate: of what is new, each second and in each stream; what is there at once is 0.
    func start(rate: Double, host: String = "127.0.0.1") async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        for door in Door.allCases {
            let tls = door.isEncrypted ? try Self.tls(offersHTTP2: door == .tlsWithHTTP2) : nil
            let listener = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 4096)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { [self] channel in
                    channel.eventLoop.makeCompletedFuture {
                        let (number, wiring) = self.accept(isEncrypted: door.isEncrypted)
                        let wire = WireHandler(wiring)
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(wire)
                        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                        let port = channel.localAddress?.port ?? 0
                        try pipeline.addHandler(ConnectionHandler(server: self, wire: wire, number: number, port: port))
                        self.state.withLock {
                            $0.connections[number] = Connection(wire: NIOLoopBound(wire, eventLoop: channel.eventLoop))
                        }
                    }
                }
                .bind(host: host, port: 0).get()
            state.withLock { state in
                state.ports[door] = listener.localAddress?.port
                state.listeners.append(listener)
            }
        }
        guard rate > 0 else { return }
        let interval = TimeAmount.milliseconds(10)
        let begin = NIODeadline.now()
        let growth = group.next().scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in
            guard let self else { return }
            let elapsed = Double((NIODeadline.now() - begin).nanoseconds) / 1e9
            let logs = state.withLock { $0.isGrowing ? Array($0.logs.values) : [] }
            for log in logs { log.grow(by: max(0, Int(elapsed * rate) - log.count)) }
        }
        state.withLock { $0.growth = growth }
    }

    private static func tls(offersHTTP2: Bool) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: FeedCertificates.server, format: .pem))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: FeedCertificates.serverKey, format: .pem)))
        if offersHTTP2 { configuration.applicationProtocols = ["h2", "http/1.1"] }
        return try NIOSSLContext(configuration: configuration)
    }

    func stop() async throws {
        let (listeners, growth) = state.withLock { ($0.listeners, $0.growth) }
        growth?.cancel()
        for listener in listeners { try await listener.close() }
        end(.fin)
    }

    // MARK: Streams

    func url(_ path: String, _ door: Door = .plain) -> String {
        url(path, port: state.withLock { $0.ports[door] } ?? 0)
    }

    func url(_ path: String, port: Int) -> String {
        let door = state.withLock { $0.ports.first { $0.value == port }?.key } ?? .plain
        return "\(door.isEncrypted ? "https" : "http")://127.0.0.1:\(port)\(path)"
    }

    /// Where else the streams of a port can be asked for: never from TLS to none.
    func otherPorts(of port: Int) -> [Int] {
        let ports = state.withLock(\.ports)
        let door = ports.first { $0.value == port }?.key ?? .plain
        let others: [Door] =
            switch door {
            case .plain: [.other, .tls]
            case .other: [.plain, .tlsWithHTTP2]
            case .tls: [.tlsWithHTTP2, .tlsWithHTTP2]
            case .tlsWithHTTP2: [.tls, .tls]
            }
        return others.compactMap { ports[$0] }
    }

    /// The log of `/SHAPE/NAME`; nil when there is no such shape.
    func log(_ path: String) -> FeedLog? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count == 2, let shape = Shape(rawValue: String(parts[0])) else { return nil }
        return state.withLock { state in
            if let log = state.logs[path] { return log }
            let log = FeedLog(name: String(parts[1]), shape: shape, seed: seed, oversizeEvery: oversizeEvery)
            state.logs[path] = log
            return log
        }
    }

    var logs: [FeedLog] { state.withLock { Array($0.logs.values) } }

    /// Nothing new happens any more, in any stream.
    func settle() { state.withLock { $0.isGrowing = false } }

    // MARK: Connections

    private func accept(isEncrypted: Bool) -> (Int, Wiring) {
        let (number, wiring) = state.withLock { state in
            state.accepted += 1
            return (state.accepted - 1, state.wiring)
        }
        return (number, wiring ?? manners.wiring(of: number, isEncrypted: isEncrypted))
    }

    func closed(_ number: Int) { state.withLock { $0.connections[number] = nil } }

    func noteHTTP2() { state.withLock { $0.spokenHTTP2 += 1 } }

    func answer(_ request: FeedRequest, on connection: Int) -> (FeedLog?, ArraySlice<Act>) {
        state.withLock { state in
            state.connections[connection]?.path = request.path
            if state.requests.count == Self.kept { state.requests.removeFirst(Self.kept / 2) }
            state.requests.append(
                Request(
                    path: request.path, lastEventID: request.lastEventID, connection: connection,
                    time: ContinuousClock.now))
        }
        let head: String
        switch request.path {
        case "/gone": head = "HTTP/1.1 204 No Content\r\n\r\n"
        case "/loop":
            head = "HTTP/1.1 307 Again\r\nLocation: \(request.path)\r\nContent-Length: 0\r\n\r\n"
        default:
            guard let log = log(request.path) else {
                return (nil, [.write(Array("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n".utf8)), .end(.next)])
            }
            log.noteRequest()
            return (log, manners.answer(request, of: log, server: self)[...])
        }
        return (nil, [.write(Array(head.utf8)), .end(.next)])
    }

    /// How new connections are taken, whatever the manners say; nil: as they say.
    func take(_ wiring: Wiring?) { state.withLock { $0.wiring = wiring } }

    /// Ends the connections of a stream, or all of them, or lets them fall silent.
    func end(_ ending: Ending, path: String? = nil) {
        let connections = state.withLock { state in
            state.connections.values.filter { path == nil || $0.path == path }
        }
        for connection in connections {
            connection.wire.eventLoop.execute { connection.wire.value.end(ending) }
        }
    }

    /// The last requests, of a stream or of all.
    func requests(_ path: String? = nil) -> [Request] {
        state.withLock { state in state.requests.filter { path == nil || $0.path == path } }
    }

    var accepted: Int { state.withLock(\.accepted) }
    /// How many connections there are.
    var open: Int { state.withLock { $0.connections.count } }
    /// How many of them were begun in HTTP/2.
    var spokenHTTP2: Int { state.withLock(\.spokenHTTP2) }
}
