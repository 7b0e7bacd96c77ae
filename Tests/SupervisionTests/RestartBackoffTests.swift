import Testing

@testable import Supervision

@Suite("Restart backoff")
struct RestartBackoffTests {
    @Test("the wait never exceeds the maximum, also when that is no power of two times the first")
    func maximum() {
        let backoff = RestartBackoff(initial: .seconds(3), maximum: .seconds(20), decay: .seconds(1), jitter: 0)
        #expect((0...5).map { backoff.delay(doublings: $0) } == [3, 6, 12, 20, 20, 20].map { .seconds($0) })
        #expect(backoff.delay(doublings: 1_000_000) == .seconds(20))
        let endless = RestartBackoff(
            initial: .nanoseconds(1), maximum: .seconds(Int64.max), decay: .seconds(1), jitter: 0)
        #expect(endless.delay(doublings: 1_000) == .seconds(Int64.max))
    }

    @Test("however often a child crashed, it comes down from the maximum in as many periods as it took to get there")
    func comesDown() {
        let backoff = RestartBackoff(initial: .seconds(1), maximum: .seconds(8), decay: .seconds(10), jitter: 0)
        var state = BackoffState()
        var now = Duration.zero
        for _ in 0..<1_000 { now += state.next(backoff, at: now, chance: 0) }
        #expect(state.next(backoff, at: now + .seconds(30), chance: 0) == .seconds(1))
    }

    @Test("the wait itself is no life: a crash at once after it doubles")
    func waitIsNoLife() {
        let backoff = RestartBackoff(initial: .seconds(60), maximum: .seconds(600), decay: .seconds(10), jitter: 0)
        var state = BackoffState()
        #expect(state.next(backoff, at: .zero, chance: 0) == .seconds(60))
        #expect(state.next(backoff, at: .seconds(60), chance: 0) == .seconds(120))
    }

    @Test("a chance out of its range does not lead to a wait that is")
    func badChance() {
        let backoff = RestartBackoff(initial: .seconds(4), maximum: .seconds(4), decay: .seconds(1), jitter: 1)
        var state = BackoffState()
        #expect(state.next(backoff, at: .zero, chance: -3) == .seconds(4))
        #expect(state.next(backoff, at: .zero, chance: 7) == .zero)
    }
}
