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
        #expect((stream.reconnect.initial, stream.reconnect.max) == (.seconds(3), .seconds(60)))
        #expect(stream.responseTimeout == .seconds(10) && stream.reconnect.serverMax == .seconds(3600))
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
        #expect((scaling.holdWindow, scaling.coolDown) == (.seconds(60), .seconds(2)))
        #expect(scaling.drainHorizon == .seconds(1))

        #expect(configuration.workers.maxAttempts == 3)
        #expect(configuration.workers.timeout == .seconds(20))
        #expect(configuration.workers.maxAbandoned == 64)
        #expect(configuration.workers.killMessage == #"{"message": panic}"#)
        let backoff = configuration.workers.backoff
        #expect((backoff.initial, backoff.max) == (.milliseconds(100), .seconds(10)))
        #expect(configuration.workers.retryAfterMax == .seconds(300))
        #expect(configuration.workers.balance == nil)

        let breaker = configuration.breaker
        #expect(breaker.enabled)
        #expect((breaker.threshold, breaker.window, breaker.minimum) == (0.5, .seconds(10), 20))
        #expect((breaker.backoff.initial, breaker.backoff.max) == (.seconds(1), .seconds(60)))

        let supervision = configuration.supervision
        func budget(_ values: Section<Configuration, SupervisionOptions.Budget>) -> [String] {
            ["\(values.restarts)", DurationText.format(values.within)]
        }
        #expect(budget(supervision.directSupervisor) == ["100", "1s"])
        #expect(budget(supervision.mainSupervisor) == ["20", "10s"])
        #expect(budget(supervision.application) == ["5", "1m"])
        #expect(budget(supervision.streamSupervisor) == ["20", "10s"])

        #expect(configuration.handler.kind == .print)
        let print = configuration.handler.print
        #expect(print.to == .stdout && print.format == nil)
        #expect(print.simulatedWork.min == nil && print.simulatedWork.max == nil)
        #expect(configuration.state.directory == "/var/lib/ptrd")
        #expect(configuration.state.onDamage == .stop)
        #expect(configuration.state.maxDeadLetters == 10_000 && configuration.state.deadLetterAge == nil)
        let control = configuration.control
        #expect((control.socket, control.adminGroup, control.faultInjection) == ("/run/ptrd.sock", "ptrd-ctl", true))
        #expect(configuration.metrics.listen == nil && !configuration.metrics.allowRemote)
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
        for option in Options.all where option.key.components.first != "source" {
            guard let value = option.defaultText, option.key != "stream.*.url" else { continue }
            text += "\(option.key.of(stream: "a")) = \(value)\n"
        }
        text += "stream.a.url = \"http://h/\"\n"
        let configuration = try Configuration.parse(text, file: "f")
        #expect(configuration == Configuration(streams: [StreamConfiguration(name: "a", url: "http://h/")]))
    }

    @Test("follow what they depend on: the span is four times the window")
    func span() throws {
        var configuration = Configuration()
        configuration.flow.maxInFlight = 1000
        #expect(configuration.flow.maxSpan == 4000)
        let parsed = try Configuration.parse(
            "[stream.a]\nurl = \"http://h/\"\n[flow]\nmax_in_flight = 1000", file: "f")
        #expect(parsed.flow.maxSpan == 4000)
    }
}
