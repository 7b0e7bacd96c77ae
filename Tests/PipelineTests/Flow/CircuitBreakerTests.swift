import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The circuit breaker")
struct CircuitBreakerTests {
    /// Opens above a half of at least 4 attempts in 10 s, for 1 s at first and 8 s at most.
    static let policy = BreakerPolicy(
        threshold: 0.5, window: .seconds(10), minimum: 4, initialBackoff: .seconds(1), maximumBackoff: .seconds(8))

    /// A breaker that opened at 0 s; hand-outs 1 to 4 were counted.
    static var opened: CircuitBreaker {
        var breaker = CircuitBreaker(policy)
        for number: UInt64 in 1...4 { breaker.finished(number, .failed("no \(number)"), at: .zero) }
        return breaker
    }

    /// A breaker that tries hand-out 10.
    static var trying: CircuitBreaker {
        var breaker = opened
        breaker.advance(to: .seconds(1))
        breaker.handedOut(10, sequence: 5)
        return breaker
    }

    static let outcomes: [Verdict] = [.done, .failed("f"), .crashed("c"), .killed]

    @Test(
        "opens when more than the threshold's share has failed, of the minimum of attempts",
        arguments: [
            ("ffff", true), ("fff", false), ("ffdf", true), ("ddff", false), ("dfff", true), ("ccdc", true),
            ("kkkkkfff", false), ("kkfffkf", true), ("ffkkd", false), ("ddfffkkf", true), ("", false),
        ])
    func opening(_ attempts: String, _ opens: Bool) {
        var breaker = CircuitBreaker(Self.policy)
        for (index, letter) in attempts.enumerated() {
            let outcome: Verdict =
                switch letter {
                case "f": .failed("f")
                case "c": .crashed("c")
                case "k": .killed
                default: .done
                }
            breaker.finished(UInt64(index + 1), outcome, at: .milliseconds(index))
        }
        #expect(breaker.isClosed == !opens)
        #expect(breaker.deals == !opens)
        #expect(breaker.admits(queued: 0) == !opens)
    }

    @Test(
        "replayed dead letters that fail again do not open it; tried, one that fails keeps it open, and one that is done closes it"
    )
    func replays() {
        var breaker = CircuitBreaker(Self.policy)
        for number: UInt64 in 1...8 { breaker.finished(number, .failed("f"), isReplay: true, at: .zero) }
        #expect(breaker.isClosed)
        breaker = Self.trying
        breaker.finished(10, .failed("f"), isReplay: true, at: .seconds(1))
        #expect(!breaker.deals)
        breaker.advance(to: .seconds(10))
        breaker.handedOut(11, sequence: 6)
        breaker.finished(11, .done, isReplay: true, at: .seconds(10))
        #expect(breaker.isClosed)
    }

    @Test("told to hurry, it tries a message before its backoff is over")
    func hurry() {
        var breaker = Self.opened
        breaker.hurry()
        #expect(breaker.isDue && breaker.deals)
        var closed = CircuitBreaker(Self.policy)
        closed.hurry()
        #expect(closed.isClosed)
    }

    @Test("failures that lie further back than the window do not open it")
    func window() {
        var breaker = CircuitBreaker(Self.policy)
        for number: UInt64 in 1...3 { breaker.finished(number, .failed("f"), at: .zero) }
        breaker.finished(4, .failed("f"), at: .seconds(11))
        #expect(breaker.isClosed)
    }

    @Test("open, it lets nothing through until its backoff is over; then one message")
    func trial() {
        var breaker = Self.opened
        #expect(breaker.state == .open(until: .seconds(1)))
        #expect(breaker.nextTrial == .seconds(1))
        breaker.advance(to: .milliseconds(999))
        #expect(!breaker.deals)
        #expect(!breaker.admits(queued: 0))
        breaker.advance(to: .seconds(1))
        #expect(breaker.state == .due)
        #expect(breaker.deals)
        #expect(breaker.nextTrial == nil)
        breaker.handedOut(10, sequence: 5)
        #expect(breaker.state == .trying(10))
        #expect(!breaker.deals)
        breaker.handedOut(11, sequence: 6)
        #expect(breaker.state == .trying(10))
    }

    @Test("while a trial is due one message is admitted, if there is none that could be tried")
    func admission() {
        var breaker = Self.opened
        breaker.advance(to: .seconds(1))
        #expect(breaker.admits(queued: 0))
        #expect(!breaker.admits(queued: 1))
        breaker.handedOut(10, sequence: 5)
        #expect(!breaker.admits(queued: 0))
    }

    @Test("a trial that is done closes it, and the count begins anew")
    func closing() {
        var breaker = Self.trying
        breaker.finished(10, .done, at: .seconds(2))
        #expect(breaker.isClosed)
        #expect(breaker.deals && breaker.admits(queued: 9))
        #expect(breaker.complaint(at: .seconds(2)) == nil)
        for number: UInt64 in 11...13 { breaker.finished(number, .failed("f"), at: .seconds(2)) }
        #expect(breaker.isClosed)
        breaker.finished(14, .failed("f"), at: .seconds(2))
        #expect(!breaker.isClosed)
    }

    @Test("a trial that fails doubles the backoff, up to the maximum")
    func doubling() {
        var breaker = Self.opened
        var now = Duration.zero
        var waits: [Duration] = []
        for number: UInt64 in 10..<16 {
            guard let next = breaker.nextTrial else { return #expect(Bool(false), "it is not open") }
            waits.append(next - now)
            breaker.advance(to: next)
            breaker.handedOut(number, sequence: 5)
            now = next + .milliseconds(3)
            breaker.finished(number, number.isMultiple(of: 2) ? .crashed("c") : .failed("f"), at: now)
        }
        #expect(waits == [1, 2, 4, 8, 8, 8].map { .seconds($0) })
    }

    @Test("a trial that was given back, or turned out to be a kill message, is followed by another one at once")
    func neither() {
        var breaker = Self.trying
        breaker.takenBack(9)
        #expect(breaker.state == .trying(10))
        breaker.takenBack(10)
        #expect(breaker.state == .due)
        breaker.handedOut(11, sequence: 5)
        breaker.finished(11, .killed, at: .seconds(1))
        #expect(breaker.state == .due)
    }

    @Test("what was handed out before it opened neither closes nor opens it", arguments: 0..<4)
    func stragglers(_ outcome: Int) {
        let outcome = Self.outcomes[outcome]
        var due = Self.opened
        due.advance(to: .seconds(1))
        for breaker in [Self.opened, due, Self.trying] {
            var after = breaker
            for number: UInt64 in 5...9 { after.finished(number, outcome, at: .seconds(1)) }
            #expect(after.state == breaker.state)
            #expect(after.trouble == breaker.trouble)
        }
        var closed = Self.trying
        closed.finished(10, .done, at: .seconds(2))
        for number: UInt64 in 5...9 { closed.finished(number, outcome, at: .seconds(2)) }
        #expect(closed.isClosed)
        // Nor do they count later.
        for number: UInt64 in 11...13 { closed.finished(number, .failed("f"), at: .seconds(2)) }
        #expect(closed.isClosed)
    }

    @Test("opening again within a window of its closing, it goes on doubling; later it begins anew")
    func flapping() {
        for (pause, wait) in [(10, 2), (11, 1)] {
            var breaker = Self.trying
            breaker.finished(10, .done, at: .seconds(2))
            for number: UInt64 in 11...14 { breaker.finished(number, .failed("f"), at: .seconds(2 + pause)) }
            #expect(breaker.nextTrial == .seconds(2 + pause + wait))
        }
    }

    @Test("switched off, or with a threshold of 1, it never opens")
    func never() {
        var policy = Self.policy
        policy.threshold = 1
        for policy in [policy, .disabled] {
            var breaker = CircuitBreaker(policy)
            for number: UInt64 in 1...100 { breaker.finished(number, .failed("f"), at: .zero) }
            #expect(breaker.isClosed)
        }
    }

    @Test("it says why it is open, and what comes next")
    func words() {
        var breaker = Self.opened
        let count = "circuit breaker open: 4 of 4 attempts failed in 10 s, the last: no 4; "
        #expect(breaker.complaint(at: .zero) == count + "tries one message in 1 s")
        #expect(breaker.complaint(at: .milliseconds(600)) == count + "tries one message in 0.4 s")
        breaker.advance(to: .seconds(1))
        #expect(breaker.complaint(at: .seconds(1)) == count + "tries one message next")
        breaker.handedOut(10, sequence: 5)
        #expect(breaker.complaint(at: .seconds(1)) == count + "is trying one message")
        breaker.finished(10, .crashed("broken"), at: .seconds(1))
        #expect(
            breaker.complaint(at: .seconds(1))
                == "circuit breaker open: 4 of 4 attempts failed in 10 s and 1 trial since, the last: broken; tries one message in 2 s"
        )
    }

    @Test("every change is told once, and no more than a few are kept")
    func changes() {
        var breaker = Self.trying
        breaker.finished(10, .failed("f"), at: .seconds(1))
        breaker.advance(to: .seconds(9))
        breaker.handedOut(11, sequence: 5)
        breaker.finished(11, .done, at: .seconds(9))
        #expect(
            breaker.changes.take().map(\.description) == [
                "circuit breaker opens: 4 of 4 attempts failed in 10 s, the last: no 4; intake pauses, one message is tried in 1 s",
                "circuit breaker: message 5 is tried",
                "circuit breaker stays open: the message that was tried failed: f; another in 2 s",
                "circuit breaker: message 5 is tried",
                "circuit breaker closes after 9 s: the message that was tried is done",
            ])
        #expect(breaker.changes.take().isEmpty)
        breaker = Self.trying
        for number: UInt64 in 10..<1000 {
            breaker.takenBack(number)
            breaker.handedOut(number + 1, sequence: 5)
        }
        #expect(breaker.changes.take().count == 16)
    }

    @Test("of a reason it keeps the beginning, as one line")
    func longReason() throws {
        var breaker = CircuitBreaker(Self.policy)
        let reason = String(repeating: "ä", count: 1 << 20)
        for number: UInt64 in 1...4 { breaker.finished(number, .failed(reason), at: .zero) }
        #expect(try #require(breaker.trouble).reason.count == 200)
        breaker = CircuitBreaker(Self.policy)
        for number: UInt64 in 1...4 { breaker.finished(number, .failed("one\ntwo\r\n\0three"), at: .zero) }
        #expect(try #require(breaker.trouble).reason == "one two   three")
    }
}
