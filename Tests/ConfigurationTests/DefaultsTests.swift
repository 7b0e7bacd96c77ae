import Testing

@testable import PtrConfiguration

@Suite("Defaults")
struct DefaultsTests {
    @Test("of a stream")
    func stream() throws {
        let stream = try #require(
            Configuration.parse("[stream.a]\nurl = \"https://example.com/\"", file: "f").streams.first)
        #expect(stream == StreamConfiguration(name: "a", url: "https://example.com/"))
        #expect(stream.idleTimeout == .seconds(60))
        #expect(stream.connectTimeout == .seconds(10))
        #expect(stream.maxEventBytes == 16 * 1024 * 1024)
        #expect(stream.reconnect == BackoffConfiguration(initial: .seconds(3), max: .seconds(60)))
        #expect(stream.retryServerErrors)
        #expect(stream.headers == [:])
        #expect(stream.initialEventID == nil && stream.positionIgnoresQuery == [])
        #expect(stream.maxIDBytes == 8 * 1024)
    }

    @Test("of everything else")
    func rest() {
        let configuration = Configuration()
        #expect(configuration.streams == [])

        #expect(configuration.flow.maxInFlight == 4096)
        #expect(configuration.flow.maxInFlightBytes == 256 * 1024 * 1024)
        #expect(configuration.flow.drainTimeout == .seconds(25))
        #expect(configuration.flow.maxSpan == 16384)

        let scaling = configuration.scaling
        #expect((scaling.min, scaling.max, scaling.workersPerSupervisor) == (1, 64, 8))
        #expect((scaling.tick, scaling.fastWindow) == (.milliseconds(250), .seconds(2)))
        #expect((scaling.beta, scaling.tolerance) == (1, 0.1))
        #expect((scaling.holdWindow, scaling.coolDown) == (.seconds(60), .seconds(5)))
        #expect(scaling.drainHorizon == nil)

        #expect(configuration.workers.maxAttempts == 3)
        #expect(configuration.workers.timeout == .seconds(20))
        #expect(configuration.workers.maxAbandoned == 64)
        #expect(configuration.workers.killMessage == #"{"message": panic}"#)
        #expect(configuration.workers.backoff == BackoffConfiguration(initial: .milliseconds(100), max: .seconds(10)))
        #expect(configuration.workers.retryAfterMax == .seconds(300))
        #expect(configuration.workers.balance == nil)

        let breaker = configuration.breaker
        #expect(breaker.enabled)
        #expect((breaker.threshold, breaker.window, breaker.minimum) == (0.5, .seconds(10), 20))
        #expect(breaker.backoff == BackoffConfiguration(initial: .seconds(1), max: .seconds(60)))

        let supervision = configuration.supervision
        #expect(supervision.directSupervisor == RestartBudget(restarts: 100, within: .seconds(1)))
        #expect(supervision.mainSupervisor == RestartBudget(restarts: 20, within: .seconds(10)))
        #expect(supervision.application == RestartBudget(restarts: 5, within: .seconds(60)))
        #expect(supervision.streamSupervisor == RestartBudget(restarts: 20, within: .seconds(10)))

        #expect(configuration.handler.kind == .print)
        #expect(configuration.handler.print == PrintConfiguration(destination: .stdout))
        #expect(configuration.state.directory == "/var/lib/ptrd")
        #expect(configuration.state.onDamage == .stop)
        #expect(
            configuration.control
                == ControlConfiguration(socket: "/run/ptrd.sock", adminGroup: "ptrd-ctl", faultInjection: true))
        #expect(configuration.metrics == MetricsConfiguration(listen: nil, allowRemote: false))
        #expect(configuration.log.level == .info)
    }

    @Test("break no rule between options")
    func validTogether() throws {
        let configuration = try Configuration.parse("[stream.a]\nurl = \"http://h/\"", file: "f")
        #expect(configuration == Configuration(streams: [StreamConfiguration(name: "a", url: "http://h/")]))
    }

    @Test("written out as the reference prints them, change nothing")
    func writtenOut() throws {
        var text = ""
        for option in Options.all where !option.isFreeTable {
            guard let value = option.defaultText, option.key != Options.Stream.url.key else { continue }
            text += "\(option.key.of(stream: "a")) = \(value)\n"
        }
        text += "stream.a.url = \"http://h/\"\n"
        let configuration = try Configuration.parse(text, file: "f")
        #expect(configuration == Configuration(streams: [StreamConfiguration(name: "a", url: "http://h/")]))
    }

    @Test("follow what they depend on: the span is four times the window")
    func span() throws {
        #expect(FlowConfiguration(maxInFlight: 1000).maxSpan == 4000)
        let parsed = try Configuration.parse(
            "[stream.a]\nurl = \"http://h/\"\n[flow]\nmax_in_flight = 1000", file: "f")
        #expect(parsed.flow.maxSpan == 4000)
    }
}
