import Locking
import Synchronization
import Testing

@testable import EventSource

@Suite("The idle timer")
struct WatchdogTests {
    private let clock = TestClock()
    private let barks = AsyncStream.makeStream(of: Duration.self)

    private func watchdog(_ limit: Duration) -> Watchdog {
        Watchdog(limit: limit, clock: clock) { [clock, barks] in barks.continuation.yield(clock.now.offset) }
    }

    private func bark() async -> Duration? {
        for await time in barks.stream { return time }
        return nil
    }

    @Test("C8 it counts from when it was armed last")
    func rearmed() async {
        let watchdog = watchdog(.seconds(60))
        watchdog.arm()
        await clock.sleepers(1)
        clock.advance(by: .seconds(40))
        watchdog.disarm()
        watchdog.arm()
        clock.advance(by: .seconds(20))
        await clock.sleepers(1)
        clock.advance(by: .seconds(39))
        await clock.sleepers(1)
        clock.advance(by: .seconds(1))
        #expect(await bark() == .seconds(100))
        watchdog.cancel()
    }

    @Test("C8 it does not count while it is disarmed")
    func disarmed() async {
        let watchdog = watchdog(.seconds(60))
        watchdog.arm()
        await clock.sleepers(1)
        watchdog.disarm()
        clock.advance(by: .seconds(60))
        await clock.sleepers(1)
        watchdog.arm()
        clock.advance(by: .seconds(60))
        #expect(await bark() == .seconds(120))
        watchdog.cancel()
    }

    @Test("a time in which nobody ran is no silence: what came meanwhile is read before anything is judged")
    func frozen() async {
        let running = RunningClock(over: clock)
        let watchdog = Watchdog(limit: .seconds(60), clock: running) { [barks] in
            barks.continuation.yield(running.now.offset)
        }
        watchdog.arm()
        await clock.sleepers(1)
        clock.advance(by: .seconds(3600))
        // It has woken, found that nobody ran, and sleeps on.
        await clock.sleepers(1)
        #expect(running.now.offset == RunningClock.beatInterval)
        for _ in 0..<80 {
            clock.advance(by: .milliseconds(750))
            running.beat()
        }
        #expect(await bark().map { $0 >= .seconds(60) } == true)
        watchdog.cancel()
    }

    @Test("it is silent after it was cancelled")
    func cancelled() async {
        let watchdog = watchdog(.seconds(60))
        watchdog.arm()
        await clock.sleepers(1)
        watchdog.cancel()
        watchdog.arm()
        clock.advance(by: .seconds(600))
        barks.continuation.finish()
        #expect(await bark() == nil)
    }
}
