import Locking
import NIOCore
import Supervision

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// Does nothing with a message.
struct IdleHandler: MessageHandler {
    func handle(_ message: Message, in context: HandlerContext) async throws -> Outcome { .done }
}

extension PoolContext {
    /// One around a ledger and a pool, for parts that only look at those.
    static func around(_ ledger: LedgerStore = LedgerStore(.ofStreams()), pool: Pool = Pool(desired: 1)) -> PoolContext
    {
        PoolContext(
            ErrorKernel(
                live: LiveSettings(ApplicationSettings()), ledger: ledger, pool: pool, runtime: SupervisionRuntime(),
                wallClock: { 0 }),
            handler: IdleHandler())
    }
}

extension WorkerTable {
    convenience init(_ number: Int, incarnation: UInt64 = 100) {
        self.init(id: Pool.id(number), incarnation: incarnation, size: 8)
    }

    /// Enlists a worker of this incarnation, and offers it when it is idle.
    @discardableResult
    func hire(_ worker: UInt64, isIdle: Bool = true) -> Worker {
        let worker = Worker(
            id: ChildID("worker.\(worker)"), holder: Holder(worker: worker, supervisor: incarnation), table: self,
            shared: .around())
        register(worker)
        if isIdle { enter(.ready, by: worker.holder) }
        return worker
    }
}

extension Hand {
    /// Messages in the hands of a worker, from a number on.
    static func to(_ holder: Holder, sequence: UInt64 = 1, count: UInt64 = 1, isAlone: Bool = false) -> Hand {
        let entries = (sequence..<sequence + count).map { sequence in
            Entry(
                message: Message(
                    sequence: sequence, stream: StreamName(name: "a", index: 0), ordinal: sequence,
                    event: .named("data"), receivedAt: .zero),
                attempt: 1, slot: 0)
        }
        return Hand(
            entries, number: sequence, holder: holder, worker: "worker", isAlone: isAlone,
            keeper: LooseHand(count: Int(count)) { _ in })
    }
}
