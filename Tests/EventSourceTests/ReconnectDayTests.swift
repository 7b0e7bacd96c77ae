import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing

@testable import EventSource

@Suite("A day of reconnects, in virtual time")
struct ReconnectDayTests {
    /// What the server does in a quarter of the day.
    private enum Weather: Int, CaseIterable {
        /// Nobody listens.
        case refusing
        /// It sets a reconnection time of 20 s and hangs up.
        case hangingUp
        /// It says nothing, for 45 s, and hangs up.
        case silent
        /// It asks for no wait at all, and resets the connection.
        case hasty
    }

    private struct Wait {
        let weather: Weather
        let delay: Duration
    }

    private static let quarter = Duration.seconds(6 * 3600)

    private static func connection(_ weather: Weather, _ clock: LeapingClock) -> ScriptedConnection {
        let refused = ConnectionFailure.network(IOError(errnoCode: 111, reason: "connect"))
        let reset = ConnectionFailure.network(IOError(errnoCode: 104, reason: "read"))
        return switch weather {
        case .refusing: ScriptedConnection(head: .failure(refused))
        case .hangingUp: ScriptedConnection(body: ["retry: 20000\n"])
        case .silent: ScriptedConnection(body: [], beforeEnd: { try? await clock.sleep(for: .seconds(45)) })
        case .hasty: ScriptedConnection(body: ["retry: 0\n"], end: reset)
        }
    }

    /// Lets a stream live for a day.
    private func day() async -> (waits: [Wait], slept: Duration) {
        let clock = LeapingClock()
        let start = clock.now
        @Sendable func weather() -> Weather {
            let elapsed = start.duration(to: clock.now)
            return Weather(rawValue: min(3, Int(elapsed / Self.quarter))) ?? .hasty
        }
        let generator = NIOLockedValueBox(SeededGenerator(seed: 24))
        let source = EventSource(
            untimed("http://example.org/"),
            transport: ScriptedTransport { Self.connection(weather(), clock) }, clock: clock,
            random: { generator.withLockedValue { Double.random(in: 0..<1, using: &$0) } }, logger: nil)
        var waits: [Wait] = []
        var announced: (at: LeapingClock.Instant, delay: Duration)?
        var current = Weather.refusing
        for await update in source {
            switch update {
            case .connecting:
                // It waits as long as it said.
                if let announced { #expect(announced.at.duration(to: clock.now) == announced.delay) }
                current = weather()
                if start.duration(to: clock.now) >= Self.quarter * 4 {
                    return (waits, start.duration(to: clock.now))
                }
            case .waiting(let delay, _):
                announced = (clock.now, delay)
                waits.append(Wait(weather: current, delay: delay))
            case .open, .batch: break
            case .failed(let error): Issue.record("\(error)")
            }
        }
        return (waits, start.duration(to: clock.now))
    }

    @Test("C7 it never waits less than the reconnection time, nor more than the cap, and spreads between them")
    func bounds() async {
        let (waits, slept) = await day()
        #expect(slept >= .seconds(24 * 3600))
        let bounds: [Weather: (least: Duration, most: Duration)] = [
            .refusing: (.seconds(3), .seconds(60)), .hangingUp: (.seconds(20), .seconds(60)),
            .silent: (.seconds(20), .seconds(20)), .hasty: (.milliseconds(100), .seconds(60)),
        ]
        for weather in Weather.allCases {
            guard let (least, most) = bounds[weather] else { continue }
            let delays = waits.filter { $0.weather == weather }.map(\.delay)
            #expect(delays.count > 100)
            #expect(delays.allSatisfy { least...most ~= $0 }, "\(weather)")
            guard least < most else { continue }
            // Jittered: they hardly ever repeat, and lie on both sides of the middle in like numbers.
            let late = delays.dropFirst(10)
            #expect(Set(late).count > late.count * 9 / 10)
            let below = late.filter { $0 < (least + most) / 2 }.count
            #expect((late.count * 2 / 5...late.count * 3 / 5).contains(below), "\(weather): \(below) of \(late.count)")
        }
    }

    @Test("C7 a row begins with the reconnection time itself, and a good spell begins a new one")
    func rows() async {
        let waits = await day().waits
        #expect(waits.first?.delay == .seconds(3))
        // After the spell the first wait is exact; within a quarter without good spells the range grows.
        #expect(waits.filter { $0.weather == .silent }.allSatisfy { $0.delay == .seconds(20) })
        let hasty = waits.filter { $0.weather == .hasty }.map(\.delay)
        for (index, delay) in hasty.prefix(8).enumerated() {
            #expect(delay <= .milliseconds(100) * (1 << (index + 1)))
        }
    }
}
