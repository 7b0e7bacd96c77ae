import Testing

@testable import EventSource

@Suite("The schedule of reconnects")
struct ReconnectScheduleTests {
    private func delays(_ schedule: ReconnectSchedule, count: Int, random: Double) -> [Duration] {
        var schedule = schedule
        return (0..<count).map { _ in schedule.nextDelay(random: random) }
    }

    @Test("C7 the range doubles from the reconnection time up to the cap")
    func range() {
        let upper = [3, 6, 12, 24, 48, 60, 60].map { Duration.seconds($0) }
        #expect(delays(ReconnectSchedule(), count: 7, random: 1) == upper)
        #expect(delays(ReconnectSchedule(), count: 7, random: 0) == Array(repeating: .seconds(3), count: 7))
        #expect(
            delays(ReconnectSchedule(), count: 3, random: 0.5) == [
                .seconds(3), .milliseconds(4500), .milliseconds(7500),
            ])
    }

    @Test("C7 retry: replaces the default, and also one above the cap is kept to")
    func retry() {
        var schedule = ReconnectSchedule()
        schedule.retry = .seconds(1)
        #expect(delays(schedule, count: 3, random: 1) == [.seconds(1), .seconds(2), .seconds(4)])
        schedule.retry = .seconds(300)
        #expect(delays(schedule, count: 3, random: 1) == [.seconds(300), .seconds(300), .seconds(300)])
    }

    @Test("C7 there is a floor for retry: 0, and a ceiling for a retry: of ages")
    func bounds() {
        var schedule = ReconnectSchedule()
        schedule.retry = .zero
        #expect(delays(schedule, count: 3, random: 1) == [100, 200, 400].map { .milliseconds($0) })
        schedule.retry = .milliseconds(Int64.max)
        #expect(schedule.nextDelay(random: 0.9) == .seconds(3600))
    }

    @Test("C7 a good spell starts over")
    func reset() {
        var schedule = ReconnectSchedule()
        for _ in 0..<5 { _ = schedule.nextDelay(random: 1) }
        #expect(schedule.waits == 5)
        schedule.reset()
        #expect(schedule.waits == 0)
        #expect(schedule.nextDelay(random: 1) == .seconds(3))
    }

    @Test("C7 after a thousand failures it still is the cap")
    func longRow() {
        #expect(delays(ReconnectSchedule(), count: 1000, random: 1).last == .seconds(60))
    }

    @Test("C3 Retry-After lengthens a wait, never shortens it, and has a ceiling")
    func retryAfter() {
        var schedule = ReconnectSchedule()
        #expect(schedule.nextDelay(retryAfter: .seconds(10), random: 0) == .seconds(10))
        #expect(schedule.nextDelay(retryAfter: .seconds(1), random: 0) == .seconds(3))
        #expect(schedule.nextDelay(retryAfter: .seconds(Int64.max), random: 0) == .seconds(3600))
    }

    @Test("spread, also the first wait is drawn from a range, and no wait of ours is above the cap")
    func spread() {
        var schedule = ReconnectSchedule()
        schedule.spreadsEveryWait = true
        #expect(delays(schedule, count: 6, random: 1) == [6, 12, 24, 48, 60, 60].map { .seconds($0) })
        #expect(delays(schedule, count: 6, random: 0) == Array(repeating: .seconds(3), count: 6))
        // Without room above, it goes below.
        schedule.initialDelay = .seconds(60)
        #expect(delays(schedule, count: 2, random: 1) == [.seconds(60), .seconds(60)])
        #expect(delays(schedule, count: 2, random: 0) == [.seconds(45), .seconds(45)])
    }

    @Test("1,500 streams that were cut at once come back spread over the whole range")
    func herd() {
        var generator = SystemRandomNumberGenerator()
        let waits = (0..<1500).map { _ in
            var schedule = ReconnectSchedule(initialDelay: .seconds(1))
            schedule.spreadsEveryWait = true
            return schedule.nextDelay(random: Double.random(in: 0..<1, using: &generator))
        }
        #expect(waits.allSatisfy { .seconds(1) <= $0 && $0 <= .seconds(2) })
        let tenths = Set(waits.map { Int(($0 - .seconds(1)) / .milliseconds(100)) })
        #expect(tenths.count >= 10)
    }

    @Test("spread, what the server asks for is kept to, drawn out a little, and bounded by its own cap")
    func spreadOfServer() {
        var schedule = ReconnectSchedule(maximumServerDelay: .seconds(600))
        schedule.spreadsEveryWait = true
        schedule.retry = .seconds(300)
        #expect(delays(schedule, count: 2, random: 0) == [.seconds(300), .seconds(300)])
        #expect(delays(schedule, count: 2, random: 1) == [.seconds(375), .seconds(375)])
        schedule.retry = .seconds(100_000)
        #expect(delays(schedule, count: 2, random: 1) == [.seconds(600), .seconds(600)])
        schedule.retry = nil
        #expect(schedule.nextDelay(retryAfter: .seconds(30), random: 0) == .seconds(30))
        #expect(schedule.nextDelay(retryAfter: .seconds(30), random: 1) == .seconds(33))
        #expect(schedule.nextDelay(retryAfter: .seconds(1_000_000), random: 1) == .seconds(600))
    }

    @Test("what is of little use to try soon waits like three waits later, within the cap")
    func slow() {
        var schedule = ReconnectSchedule()
        schedule.spreadsEveryWait = true
        #expect(schedule.nextDelay(isSlow: true, random: 0) == .seconds(24))
        #expect(schedule.nextDelay(isSlow: true, random: 1) == .seconds(60))
    }
}
