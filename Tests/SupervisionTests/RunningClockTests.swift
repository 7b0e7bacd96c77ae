import Locking
import Supervision
import TestKit
import Testing

@Suite("A clock that counts only the time in which the process runs")
struct RunningClockTests {
    private let world = ManualClock()
    private let clock: RunningClock

    init() {
        clock = RunningClock(over: world)
    }

    /// Time passes in which the process runs.
    private func run(for duration: Duration) {
        var left = duration
        while left > .zero {
            let step = min(left, RunningClock.beatInterval)
            world.advance(by: step)
            clock.beat()
            left -= step
        }
    }

    @Test("while the process runs it goes as the world does")
    func running() {
        run(for: .seconds(90))
        #expect(clock.now.offset == .seconds(90))
        #expect(clock.missed == .zero)
    }

    @Test("a time in which nobody ran counts as one beat, however long it was", arguments: [2, 60, 86_400])
    func frozen(_ seconds: Int) {
        run(for: .seconds(5))
        world.advance(by: .seconds(seconds))
        #expect(clock.now.offset == .seconds(5) + RunningClock.beatInterval)
        #expect(clock.missed == .seconds(seconds) - RunningClock.beatInterval)
        run(for: .seconds(5))
        #expect(clock.now.offset == .seconds(10) + RunningClock.beatInterval)
    }

    @Test("who looks first after a frozen time is not told that it has passed")
    func firstLook() {
        run(for: .seconds(1))
        let before = clock.now
        world.advance(by: .seconds(600))
        #expect(before.duration(to: clock.now) == RunningClock.beatInterval)
    }

    @Test("beats that come late on a busy machine cost nothing")
    func busy() {
        for _ in 0..<100 {
            world.advance(by: .milliseconds(900))
            clock.beat()
        }
        #expect(clock.now.offset == .seconds(90))
    }

    @Test("where beats are always far too late, time passes all the same: what hangs will be timed out")
    func starved() {
        for _ in 0..<400 {
            world.advance(by: .seconds(3))
            clock.beat()
        }
        #expect(clock.now.offset >= .seconds(100))
    }

    @Test("it never goes back, whatever gaps there are and whoever looks when", arguments: 1...20)
    func monotonic(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var (last, elapsed) = (Duration.zero, Duration.zero)
        for _ in 0..<2000 {
            let step = Duration.milliseconds(
                Int.random(in: 0...(Bool.random(using: &random) ? 300 : 3000), using: &random))
            world.advance(by: step)
            elapsed += step
            if Bool.random(using: &random) { clock.beat() }
            let now = clock.now.offset
            #expect(now >= last)
            #expect(now - last <= .seconds(1))
            #expect(now + clock.missed == elapsed)
            last = now
        }
    }

    @Test("who sleeps is woken when the process has run that long")
    func sleeping() async throws {
        let isAwake = Locked(false)
        let sleeper = Task {
            try await clock.sleep(for: .seconds(10))
            isAwake.withLock { $0 = true }
        }
        await world.sleepers(atLeast: 1)
        run(for: .seconds(4))
        world.advance(by: .seconds(3600))
        // It woke, and lies down again for the rest.
        await world.sleepers { $0.contains { $0 > .seconds(1) } }
        #expect(!isAwake.withLock { $0 })
        run(for: .seconds(6))
        try await sleeper.value
        #expect(isAwake.withLock { $0 })
    }

    @Test("a runtime by such a clock tells the time in which it ran from the time that has passed")
    func runtime() {
        let runtime = SupervisionRuntime(clock: clock)
        run(for: .seconds(2))
        world.advance(by: .seconds(100))
        #expect(runtime.now == .seconds(2) + RunningClock.beatInterval)
        #expect(runtime.elapsed == .seconds(102))
    }
}
