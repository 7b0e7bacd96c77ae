import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The way of a message through the ledger")
struct LedgerTransitionTests {
    /// One step of the way, and where the one message is after it.
    enum Step: CustomStringConvertible {
        case lease, giveBack, revoke
        case finish(Verdict)
        case settle, release

        var description: String {
            switch self {
            case .lease: "lease"
            case .giveBack: "giveBack"
            case .revoke: "revoke"
            case .finish(let outcome): "finish(\(outcome))"
            case .settle: "settle"
            case .release: "release"
            }
        }
    }

    enum Place: Hashable {
        case queued, leased, finished, delayed, processed, killed, deadLettered
    }

    struct Way: Sendable, CustomTestStringConvertible {
        let name: String
        let steps: [(Step, Place)]
        let attempts: Int

        var testDescription: String { name }
    }

    static let ways: [Way] = [
        Way(name: "done", steps: [(.lease, .leased), (.finish(.done), .finished), (.settle, .processed)], attempts: 1),
        Way(
            name: "killed", steps: [(.lease, .leased), (.finish(.killed), .finished), (.settle, .killed)], attempts: 1),
        Way(name: "given back", steps: [(.lease, .leased), (.giveBack, .queued), (.lease, .leased)], attempts: 1),
        Way(name: "revoked", steps: [(.lease, .leased), (.revoke, .queued), (.lease, .leased)], attempts: 1),
        Way(
            name: "failed once",
            steps: [
                (.lease, .leased), (.finish(.failed("no")), .finished), (.settle, .delayed), (.release, .queued),
                (.lease, .leased), (.finish(.done), .finished), (.settle, .processed),
            ], attempts: 2),
        Way(
            name: "crashed to the end",
            steps: [
                (.lease, .leased), (.finish(.crashed("1")), .finished), (.settle, .delayed), (.release, .queued),
                (.lease, .leased), (.finish(.failed("2")), .finished), (.settle, .delayed), (.release, .queued),
                (.lease, .leased), (.finish(.crashed("3")), .finished), (.settle, .deadLettered),
            ], attempts: 3),
        Way(
            name: "an innocent return does not use up an attempt",
            steps: [
                (.lease, .leased), (.finish(.crashed("1")), .finished), (.settle, .delayed), (.release, .queued),
                (.lease, .leased), (.giveBack, .queued), (.lease, .leased), (.revoke, .queued),
                (.lease, .leased), (.finish(.crashed("2")), .finished), (.settle, .delayed),
            ], attempts: 2),
        Way(
            name: "nothing to settle", steps: [(.settle, .queued), (.release, .queued), (.revoke, .queued)], attempts: 0
        ),
    ]

    @Test("each step moves the message to one place, and it is counted there only", arguments: ways)
    func way(_ way: Way) throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("data")])
        var now = Duration.zero
        var (lease, attempts): (Lease?, Int) = (nil, 0)
        #expect(place(in: ledger) == .queued)
        for (step, expected) in way.steps {
            now += .milliseconds(1)
            switch step {
            case .lease:
                lease = try ledger.lease(at: now)
                attempts = lease?.attempt ?? 0
            case .giveBack: #expect(ledger.putBack(try #require(lease)) == .taken)
            case .revoke: _ = ledger.revoke { $0 == .first }
            case .finish(let outcome):
                #expect(ledger.answer(try #require(lease), outcome, at: now) == .taken)
            case .settle: ledger.settle(at: now)
            case .release:
                now += .seconds(1)
                _ = ledger.releaseDelayed(at: now)
            }
            #expect(place(in: ledger) == expected, "after \(step)")
            #expect(ledger.snapshot.isBalanced)
        }
        #expect(attempts == way.attempts)
    }

    /// Where the one message is; nil when the counts do not agree on one place.
    private func place(in ledger: Ledger) -> Place? {
        let look = ledger.snapshot
        let finished = look.inFlight - look.queued - look.leased - look.delayed
        let counts: [(Place, Int)] = [
            (.queued, look.queued), (.leased, look.leased), (.finished, finished), (.delayed, look.delayed),
            (.processed, Int(look.processed)), (.killed, Int(look.killed)), (.deadLettered, Int(look.deadLettered)),
        ]
        let places = counts.filter { $0.1 != 0 }
        return places.count == 1 && places[0].1 == 1 ? places[0].0 : nil
    }

    @Test("messages are numbered from 1 over all streams, and from 1 within each")
    func numbers() {
        var ledger = Ledger.ofStreams(2)
        ledger.admit([.named("x"), .named("y")], of: 0)
        ledger.admit([.named("z")], of: 1, at: .seconds(3))
        let messages = (0..<3).compactMap { _ in ledger.leaseNext(to: .first, at: .zero)?.message }
        #expect(messages.map(\.sequence) == [1, 2, 3])
        #expect(messages.map(\.ordinal) == [1, 2, 1])
        #expect(messages.map(\.stream.name) == ["a", "a", "b"])
        #expect(messages.map(\.receivedAt) == [.zero, .zero, .seconds(3)])
    }

    @Test("an empty queue leases nothing")
    func emptyQueue() throws {
        var ledger = Ledger.ofStreams()
        #expect(!ledger.hasQueued)
        #expect(throws: Ledger.NothingQueued.self) { try ledger.lease() }
    }

    @Test("what was done alike in a row is told once, with how often it was")
    func runs() {
        var runs = DurationRuns()
        for _ in 0..<3 { runs.append(.seconds(8), dividedBy: 4) }
        runs.append(.seconds(2))
        runs.append(.seconds(8), dividedBy: 2)
        #expect(runs.runs.map(\.duration) == [.seconds(2), .seconds(2), .seconds(4)])
        #expect(runs.runs.map(\.count) == [3, 1, 1])
        #expect(runs.sum == .seconds(12))
    }

    @Test("of what was brought twice each ledger has messages of its own")
    func broughtTwice() throws {
        let batch = PackedEvents([.named("x"), .named("y")])
        var (one, other) = (Ledger.ofStreams(), Ledger.ofStreams(2))
        var (first, second) = (Arrival(batch, from: 1), Arrival(batch))
        #expect(one.admit(&first, limit: 9, stream: 0, receivedAt: .seconds(1)) == 1)
        let message = try #require(one.slots[0].message)
        #expect(other.admit(&second, limit: 9, stream: 1, receivedAt: .seconds(2)) == 2)
        #expect(message.sequence == 1 && message.stream.index == 0 && message.receivedAt == .seconds(1))
        #expect(other.slots.compactMap(\.message).map(\.sequence) == [1, 2])
    }

    @Test("a settlement brings the latency since receipt and the time a worker was busy")
    func settlement() throws {
        var ledger = Ledger.ofStreams()
        ledger.admit([.named("x"), .named("y"), .named("z")], at: .seconds(1))
        let leases = try (0..<3).map { try ledger.lease(at: .seconds(2 + $0)) }
        ledger.answer(leases[0], .done, at: .seconds(7))
        ledger.answer(leases[1], .done, at: .seconds(8))
        ledger.answer(leases[2], .failed("no"), at: .seconds(9))
        let settlement = ledger.settle(at: .seconds(10))
        #expect(settlement.latencies.runs.map(\.duration) == [.seconds(6), .seconds(7)])
        #expect(settlement.busy == .seconds(5 + 5))
        #expect(settlement.failed == 1)
        #expect(settlement.crashed == 0)
    }

    @Test("slots are used again")
    func slotsAreReused() {
        var ledger = Ledger.ofStreams()
        for _ in 0..<50 {
            ledger.admit([.named("x"), .named("y"), .named("z")])
            for _ in 0..<3 { ledger.complete() }
        }
        #expect(ledger.slots.count == 3)
        #expect(ledger.totals.processed == 150)
    }
}
