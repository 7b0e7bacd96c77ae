import PtrConfiguration
import Testing

@Suite("The configuration of version 0.1.0")
struct UpgradeTests {
    /// The file that its package installed, with all of its examples in force.
    private static let installed = """
        [stream.example]
        url = "https://example.com/events"
        idle_timeout = "60s"
        connect_timeout = "10s"
        max_event_bytes = "16MiB"
        reconnect = { initial = "3s", max = "60s" }
        retry_server_errors = true
        headers = { Accept-Language = "en" }
        bearer_credential = "example-token"
        [flow]
        max_in_flight = 4096
        max_in_flight_bytes = "256MiB"
        drain_timeout = "25s"
        [scaling]
        min = 1
        max = 64
        workers_per_supervisor = 8
        [workers]
        max_attempts = 3
        timeout = "20s"
        backoff = { initial = "100ms", max = "10s" }
        [handler]
        kind = "print"
        [handler.print]
        to = "journal"
        format = "{message.tweet.user.screen_name}: {message.tweet.text}"
        [state]
        directory = "/var/lib/ptrd"
        [control]
        socket = "/run/ptrd.sock"
        fault_injection = true
        [log]
        level = "info"
        """

    @Test("is taken as it is, and means what it meant")
    func installed() throws {
        let configuration = try Configuration.parse(Self.installed, file: "ptrd.toml")
        let stream = try #require(configuration.streams.first)
        #expect(configuration.streams.count == 1 && stream.url == "https://example.com/events")
        #expect(stream.idleTimeout == .seconds(60) && stream.connectTimeout == .seconds(10))
        #expect(stream.maxEventBytes == 16 << 20 && stream.retryServerErrors)
        #expect((stream.reconnect.initial, stream.reconnect.max) == (.seconds(3), .seconds(60)))
        #expect(stream.headers == ["Accept-Language": "en"] && stream.bearerCredential == "example-token")
        #expect(configuration.flow.maxInFlight == 4096 && configuration.flow.drainTimeout == .seconds(25))
        #expect(configuration.workers.maxAttempts == 3 && configuration.workers.timeout == .seconds(20))
        #expect(configuration.workers.killMessage == #"{"message": panic}"#)
        #expect(configuration.handler.print.to == .journal && configuration.handler.print.format != nil)
        #expect(configuration.state.directory == "/var/lib/ptrd" && configuration.control.faultInjection)
    }
}
