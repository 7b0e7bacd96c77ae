import Supervision
import Testing

@Suite("Restart intensity")
struct RestartIntensityTests {
    /// Whether each restart, at those times, is allowed; and what is left of the budget at `end`.
    private func outcome(
        _ restarts: Int, at times: [Duration], remainingAt end: Duration = .zero
    ) -> (allowed: [Bool], remaining: Int) {
        var intensity = RestartIntensity(RestartBudget(restarts: restarts, within: .seconds(5)))
        let allowed = times.map { intensity.allowsRestart(at: $0) }
        return (allowed, intensity.remaining(at: end))
    }

    @Test("as many restarts as the budget says pass, the next does not")
    func countsToTheBudget() {
        #expect(outcome(3, at: [.zero, .zero, .zero, .zero]).allowed == [true, true, true, false])
    }

    @Test("a budget of 0 allows none")
    func zero() {
        #expect(outcome(0, at: [.zero]).allowed == [false])
    }

    @Test("a restart exactly one period old still counts; a nanosecond later it does not")
    func edgeOfThePeriod() {
        let beyond = Duration.seconds(15) + .nanoseconds(1)
        #expect(outcome(1, at: [.seconds(10), .seconds(15)]).allowed == [true, false])
        #expect(outcome(1, at: [.seconds(10), beyond]).allowed == [true, true])
        #expect(outcome(1, at: [.seconds(10)], remainingAt: .seconds(15)).remaining == 0)
        #expect(outcome(1, at: [.seconds(10)], remainingAt: beyond).remaining == 1)
    }

    @Test("the period slides: a restart leaves it by itself, not with its neighbours")
    func slides() {
        #expect(outcome(2, at: [0, 4, 6, 7].map { .seconds($0) }).allowed == [true, true, true, false])
        #expect(outcome(2, at: [0, 4, 6, 10].map { .seconds($0) }).allowed == [true, true, true, true])
    }

    @Test("what remains is never negative, and comes back with time")
    func remaining() {
        #expect(outcome(1, at: []).remaining == 1)
        #expect(outcome(1, at: [.zero, .zero, .zero]).remaining == 0)
        #expect(outcome(1, at: [.zero, .zero, .zero], remainingAt: .seconds(6)).remaining == 1)
    }
}
