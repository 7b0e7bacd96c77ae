import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("Backoff")
struct BackoffTests {
    @Test(
        "the delay doubles after each attempt, up to the maximum",
        arguments: [
            (0, 100), (1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (6, 1000), (1000, 1000), (Int.max, 1000),
        ])
    func delay(_ attempt: Int, _ milliseconds: Int) {
        let policy = RetryPolicy(maxAttempts: 9, initialDelay: .milliseconds(100), maximumDelay: .seconds(1))
        #expect(policy.delay(after: attempt) == .milliseconds(milliseconds))
    }

    @Test("an initial delay above the maximum is the maximum; no delay stays none")
    func edges() {
        let short = RetryPolicy(maxAttempts: 3, initialDelay: .seconds(5), maximumDelay: .seconds(1))
        #expect(short.delay(after: 1) == .seconds(1))
        let none = RetryPolicy(maxAttempts: 3, initialDelay: .zero, maximumDelay: .seconds(1))
        #expect(none.delay(after: 1) == .zero)
        #expect(none.delay(after: Int.max) == .zero)
    }

    @Test("a failed message waits out its backoff in flight, then is dealt before what is younger")
    func release() {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("x"), .named("y")])
        ledger.complete(.failed("no"), at: .seconds(1))
        #expect(ledger.delayedCount == 1)
        #expect(ledger.inFlight == 2)
        #expect(ledger.nextRelease == .milliseconds(1100))
        #expect(ledger.releaseDelayed(at: .milliseconds(1099)) == 0)
        #expect(ledger.totals.retried == 0)
        #expect(ledger.releaseDelayed(at: .milliseconds(1100)) == 1)
        #expect(ledger.nextRelease == nil)
        #expect(ledger.totals.retried == 1)
        #expect(ledger.dealAll() == [1, 2])
    }

    @Test("released together, the oldest is dealt first, whichever failed first")
    func releaseOrder() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit((1...4).map { .named("\($0)") })
        let leases = try (0..<3).map { _ in try ledger.lease() }
        for (delay, index) in [2, 0, 1].enumerated() {
            ledger.answer(leases[index], .failed("no"))
            ledger.settle(at: .milliseconds(delay))
        }
        #expect(ledger.nextRelease == .milliseconds(100))
        #expect(ledger.releaseDelayed(at: .seconds(1)) == 3)
        #expect(ledger.dealAll() == [1, 2, 3, 4])
    }

    @Test("the wait after the second attempt is twice as long")
    func secondWait() {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("x")])
        ledger.complete(.failed("1"))
        _ = ledger.releaseDelayed(at: .seconds(1))
        ledger.complete(.failed("2"), at: .seconds(1))
        #expect(ledger.nextRelease == .milliseconds(1200))
    }
}
