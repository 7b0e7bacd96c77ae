import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The circuit breaker, whatever happens")
struct CircuitBreakerPropertyTests {
    /// Hands out, answers and takes back at random, with a share of failures that changes now and then.
    private struct Run {
        let policy = BreakerPolicy(
            threshold: 0.6, window: .seconds(2), minimum: 8, initialBackoff: .milliseconds(100),
            maximumBackoff: .milliseconds(700))
        var breaker: CircuitBreaker
        var random: SeededGenerator
        var now = Duration.zero
        var out: [UInt64] = []
        var last: UInt64 = 0
        var failureRate = 0.1
        var trial: UInt64?
        /// Whether the share of failures stays as it is.
        var isSteady = false

        init(seed: UInt64) {
            breaker = CircuitBreaker(policy)
            random = SeededGenerator(seed: seed)
        }

        mutating func step() {
            now += .milliseconds(Int.random(in: 0...20, using: &random))
            breaker.advance(to: now)
            if !isSteady, Int.random(in: 0..<200, using: &random) == 0 {
                failureRate = [0.05, 0.5, 0.95].randomElement(using: &random)!
            }
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5: handOut()
            case 5..<9: answer()
            default:
                guard let number = take() else { return }
                breaker.takenBack(number)
                if number == trial { trial = nil }
            }
        }

        private mutating func handOut() {
            guard breaker.deals, out.count < 12 else { return }
            let wasOpen = !breaker.isClosed
            last += 1
            out.append(last)
            breaker.handedOut(last, sequence: last)
            if wasOpen {
                #expect(trial == nil, "two trials at once")
                #expect(breaker.state == .trying(last))
                trial = last
            }
        }

        private mutating func answer() {
            guard let number = take() else { return }
            let before = breaker
            let isFailure = random.unit() < failureRate
            breaker.finished(number, isFailure ? .failed("f") : .done, at: now)
            switch before.state {
            case .closed: break
            case .open, .due: #expect(breaker.state == before.state, "moved by a straggler")
            case .trying(let trying) where trying != number:
                #expect(breaker.state == before.state, "moved by a straggler")
            case .trying:
                trial = nil
                #expect(breaker.isClosed == !isFailure)
            }
            guard let until = breaker.nextTrial, breaker.state != before.state else { return }
            #expect(until - now >= policy.initialBackoff && until - now <= policy.maximumBackoff)
        }

        private mutating func take() -> UInt64? {
            out.isEmpty ? nil : out.remove(at: .random(in: out.indices, using: &random))
        }
    }

    @Test(
        "tries one at a time, is moved by its trial only, waits within its bounds, and says why exactly while it is open",
        arguments: 1...30 as ClosedRange<UInt64>)
    func random(_ seed: UInt64) {
        var run = Run(seed: seed)
        var (openings, closings) = (0, 0)
        for _ in 0..<4000 {
            let wasClosed = run.breaker.isClosed
            run.step()
            let isClosed = run.breaker.isClosed
            if wasClosed, !isClosed { openings += 1 }
            if !wasClosed, isClosed { closings += 1 }
            #expect((run.breaker.complaint(at: run.now) == nil) == isClosed)
            #expect((run.breaker.trouble == nil) == isClosed)
        }
        // The run was worth something.
        #expect(openings > 0)
        #expect(closings > 0)
    }

    @Test("once everything succeeds, it closes after the next trial", arguments: 1...10 as ClosedRange<UInt64>)
    func recovers(_ seed: UInt64) {
        var run = Run(seed: seed)
        for _ in 0..<2000 { run.step() }
        (run.isSteady, run.failureRate) = (true, 0)
        for _ in 0..<2000 { run.step() }
        #expect(run.breaker.isClosed)
    }
}
