import NIOCore
import Supervision
import Synchronization

/// Handles one message after another, until it is asked to stop or a message stops it.
///
/// There may be ten thousand that wait. What a suspended function holds lies in its frame, so ``run()``, in which a worker
/// waits, has a small one: all that takes room is done in functions of its own, which are not inlined.
final class Worker: Sendable {
    let id: ChildID
    let desk: Desk
    let roster: Roster
    let crew: Crew
    /// How many messages it has ended with.
    let handled = Atomic<UInt64>(0)

    init(id: ChildID, holder: Holder, roster: Roster, crew: Crew) {
        self.id = id
        desk = Desk(holder: holder)
        self.roster = roster
        self.crew = crew
    }

    var holder: Holder { desk.holder }

    /// The body of the supervised child. A part of its caller, so that there is one frame less.
    @inline(__always)
    func run() async throws {
        roster.enlist(self)
        defer { leave() }
        while true {
            offer()
            guard let assignment = await desk.next() else { throw CancellationError() }
            try await perform(assignment)
        }
    }

    @inline(never)
    private func offer() {
        roster.offer(desk)
        crew.pool.bell.ring()
    }

    @inline(never)
    private func leave() {
        roster.delist(holder)
        if let assignment = desk.clear() { giveBack(assignment) }
    }

    @inline(never)
    private func perform(_ assignment: Assignment) async throws {
        try begin(assignment)
        defer { roster.end(by: holder) }
        let result: Result<HandlerResult, any Error>
        do {
            let context = HandlerContext(
                attempt: assignment.lease.attempt, worker: id.name, roster: roster, holder: holder)
            result = .success(try await crew.handler.handle(assignment.message, in: context))
        } catch {
            result = .failure(error)
        }
        try end(assignment, result)
    }

    /// The clock of the timeout starts. Throws when there is nothing to handle after all.
    @inline(never)
    private func begin(_ assignment: Assignment) throws {
        // Asked to stop between the handing over and here.
        if Task.isCancelled {
            giveBack(assignment)
            throw CancellationError()
        }
        if crew.isKillMessage(assignment.message.event.data) {
            finish(assignment, .killed)
            throw MessageFault(.killed, over: assignment)
        }
        roster.begin(assignment, by: holder, at: crew.runtime.now)
    }

    /// Answers for what was handled. Throws what the worker ends with, if it does.
    @inline(never)
    private func end(_ assignment: Assignment, _ result: Result<HandlerResult, any Error>) throws {
        switch result {
        case .success(.done): finish(assignment, .done)
        case .success(.failed(let reason)):
            // Asked to stop, a handler may well report that as a failure; the message has no part in it.
            if Task.isCancelled { giveBack(assignment) } else { finish(assignment, .failed(reason)) }
        case .failure(let error):
            if Task.isCancelled {
                giveBack(assignment)
                throw CancellationError()
            }
            finish(assignment, .crashed("\(error)"))
            throw MessageFault(.crashed(error), over: assignment)
        }
    }

    private func finish(_ assignment: Assignment, _ outcome: Outcome) {
        if crew.finish(assignment.lease, outcome, by: id) { handled.add(1, ordering: .relaxed) }
    }

    private func giveBack(_ assignment: Assignment) {
        _ = crew.ledger.withLock { $0.giveBack(assignment.lease) }
        crew.pool.bell.ring()
    }
}

/// A worker stopped over a message: the message pays for it with its attempts, the supervisor's restart budget does not.
struct MessageFault: Error, CustomStringConvertible {
    enum Kind {
        case killed
        case crashed(any Error)
        case timedOut(Duration)
    }

    let kind: Kind
    let message: MessageInHand

    init(_ kind: Kind, over assignment: Assignment) {
        self.kind = kind
        message = MessageInHand(assignment)
    }

    var description: String {
        switch kind {
        case .killed: "stopped by the kill message \(message.sequence)"
        case .crashed(let error): "crashed over message \(message.sequence): \(error)"
        case .timedOut(let timeout): "message \(message.sequence) took longer than \(timeout)"
        }
    }
}

/// What the workers of the pool have in common.
final class Crew: Sendable {
    let handler: any Handler
    let ledger: LedgerStore
    let pool: Pool
    /// flow_manager's.
    let flowBell: Bell
    let runtime: SupervisionRuntime
    let live: LiveSettings

    init(
        handler: any Handler, ledger: LedgerStore, pool: Pool, flowBell: Bell, runtime: SupervisionRuntime,
        live: LiveSettings
    ) {
        self.handler = handler
        self.ledger = ledger
        self.pool = pool
        self.flowBell = flowBell
        self.runtime = runtime
        self.live = live
    }

    /// How long a worker may take over a message.
    var timeout: Duration { live.current.settings.workerTimeout }

    func isKillMessage(_ data: ByteBuffer) -> Bool {
        guard let killMessage = live.current.killMessage, killMessage.readableBytes == data.readableBytes else {
            return false
        }
        return killMessage == data
    }

    /// Enters an outcome in the ledger, in the same step in which the worker ends with the message: a crash of anybody between
    /// the two could not tell a handled message from one that was not.
    ///
    /// - Returns: false when the lease is not the current one; the outcome came too late.
    @discardableResult
    func finish(_ lease: Lease, _ outcome: Outcome, by worker: ChildID) -> Bool {
        let now = runtime.now
        let isTaken = ledger.withLock { $0.finish(lease, outcome, by: worker.name, at: now) }
        if isTaken { flowBell.ring() }
        return isTaken
    }
}
