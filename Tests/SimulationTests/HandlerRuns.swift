@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// The runs of the handler that have begun and not ended.
struct HandlerRuns {
    struct Run {
        let sequence: Int
        let attempt: Int
        let holder: Holder
        let lease: Lease
        let begun: Duration
        /// How much time had been missed by then because nobody ran.
        let missedBefore: Duration
        /// Whether its message was answered for by somebody else: it took too long.
        fileprivate(set) var isGivenUp = false
        /// Whether only the handing over of its result remained, in good time.
        fileprivate(set) var isHandingOver = false
        fileprivate(set) var number = 0

        init(_ lease: Lease, begun: Duration, missedBefore: Duration) {
            self.lease = lease
            sequence = Int(lease.sequence)
            attempt = lease.attempt
            holder = lease.holder
            self.begun = begun
            self.missedBefore = missedBefore
        }
    }

    enum End {
        case answered(Outcome)
        case threw(any Error)
    }

    private let ledger: LedgerStore
    private var runs: [Run] = []
    private var begun = 0

    init(ledger: LedgerStore) {
        self.ledger = ledger
    }

    var count: Int { runs.count }

    func contains(_ holder: Holder) -> Bool { runs.contains { $0.holder == holder } }

    /// Adds a run. Returns its number.
    mutating func begin(_ run: Run) -> Int {
        begun += 1
        runs.append(run)
        runs[runs.count - 1].number = begun
        return begun
    }

    /// The result of an attempt is being handed over: from now on nobody may answer for it but its handler. False: somebody has.
    mutating func handOver(_ sequence: Int, _ attempt: Int, _ holder: Holder?) -> Bool {
        let index = runs.firstIndex {
            $0.sequence == sequence && $0.attempt == attempt && $0.holder == holder && isCurrent($0)
        }
        guard let index else { return false }
        runs[index].isHandingOver = true
        return true
    }

    mutating func end(_ number: Int) -> Run? {
        runs.firstIndex { $0.number == number }.map { runs.remove(at: $0) }
    }

    /// The run of an attempt that somebody else has answered for; once.
    mutating func giveUp(_ sequence: Int, _ attempt: Int, _ holder: Holder?) -> Run? {
        let index = runs.firstIndex {
            $0.sequence == sequence && $0.attempt == attempt && $0.holder == holder && !$0.isGivenUp
        }
        guard let index else { return nil }
        runs[index].isGivenUp = true
        return runs[index]
    }

    /// Whether the ledger would take an outcome of this run.
    func isCurrent(_ run: Run) -> Bool { ledger.withLock { $0.isCurrent(run.lease) } }
}
