import ControlAPI
import ControlClient
import ControlServer
import Glibc
import Locking
import Logging
import ServiceLifecycle
import Testing

@Suite("Stopping")
struct StoppingTests {
    @Test("answers the request in flight, and closes the idle connection at once")
    func grace() async throws {
        let folder = try TemporaryFolder()
        let gate = Gate()
        // With so long a grace the test would hang if the idle connection had to wait for it.
        let limits = ControlServerLimits(idle: .seconds(3600), grace: .seconds(3600))
        let request = try await withServer(.path(folder.socket), plane: FakePlane(slow: gate), limits: limits) {
            let request = Task { try await ControlClient(socket: folder.socket, timeout: .seconds(600)).status() }
            await gate.arrivals(1)
            let idle = try #require(RawSocket.connected(to: folder.socket))
            Task {
                _ = await RawSocket.onThread { RawSocket.readAll(idle) }
                close(idle)
                // The idle connection is closed, so the server is stopping: now let the request through.
                await gate.open()
            }
            return request
        }
        #expect(try await request.value == FakePlane.status)
    }

    @Test("does not wait for a request that outlives its grace")
    func stuckRequest() async throws {
        let folder = try TemporaryFolder()
        let gate = Gate()
        let request = try await withServer(
            .path(folder.socket), plane: FakePlane(slow: gate), limits: ControlServerLimits(grace: .milliseconds(5))
        ) {
            let request = Task { try await ControlClient(socket: folder.socket, timeout: .seconds(60)).status() }
            await gate.arrivals(1)
            return request
        }
        let result = await request.result
        #expect(throws: ControlClientError.self) { try result.get() }
        #expect(folder.contents.isEmpty)
        await gate.open()
    }

    @Test("harms nobody who connects at that moment")
    func connectingWhileStopping() async throws {
        let folder = try TemporaryFolder()
        for round in 0..<40 {
            let clients = try await withServer(
                .path(folder.socket), limits: ControlServerLimits(grace: .milliseconds(1))
            ) {
                let clients = (0..<8).map { _ in
                    Task { try await ControlClient(socket: folder.socket, timeout: .seconds(60)).status() }
                }
                // Every so often some are answered before it stops.
                for client in clients.prefix(round % 4) { _ = try await client.value }
                return clients
            }
            for client in clients {
                // An answer, or an error: but each gets one of them.
                switch await client.result {
                case .success(let status): #expect(status == FakePlane.status)
                case .failure(let error): #expect(error is ControlClientError)
                }
            }
        }
        #expect(folder.contents.isEmpty)
    }

    @Test("follows the graceful shutdown of its service group")
    func gracefulShutdown() async throws {
        let folder = try TemporaryFolder()
        let (listening, signal) = AsyncStream<Void>.makeStream()
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let group = ServiceGroup(
            services: [
                Served(
                    server: ControlServer(listener: .path(folder.socket), plane: FakePlane(), logger: logger),
                    signal: signal)
            ], logger: logger)
        async let running: Void = group.run()
        for await _ in listening { break }
        _ = try await ControlClient(socket: folder.socket, timeout: .seconds(60)).status()
        await group.triggerGracefulShutdown()
        try await running
        #expect(folder.contents.isEmpty)
    }

    private struct Served: Service {
        let server: ControlServer
        let signal: AsyncStream<Void>.Continuation

        func run() async throws {
            try await server.run { signal.yield() }
        }
    }

    @Test("writes to the log who asked for what")
    func audit() async throws {
        let folder = try TemporaryFolder()
        let records = Records()
        let logger = Logger(label: "test", factory: { _ in Recorder(records: records) })
        try await withServer(.path(folder.socket), logger: logger) {
            let client = ControlClient(socket: folder.socket, timeout: .seconds(60))
            _ = try await client.status()
            _ = try await client.scale(.target(5))
            _ = try? await client.scale(.target(9))
        }
        let lines = records.all.filter { $0.contains("control request") }
        #expect(lines.count == 2)
        for part in ["peer_uid=\(getuid())", "peer_gid=\(getgid())", "peer_pid=\(getpid())"] {
            #expect(lines.allSatisfy { $0.contains(part) })
        }
        #expect(lines.allSatisfy { $0.hasPrefix("notice: ") && $0.contains("verb=scale") })
        #expect(lines[0].contains("carried out") && lines[0].contains("request=scale to 5"))
        #expect(lines[1].contains("refused: precondition: 9 direct supervisors"))
    }

    private final class Records: Sendable {
        private let lines = Locked<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func append(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private struct Recorder: LogHandler {
        let records: Records
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .info

        init(records: Records) {
            self.records = records
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            records.append("\(event.level): \(event.message) \(fields)")
        }
    }
}
