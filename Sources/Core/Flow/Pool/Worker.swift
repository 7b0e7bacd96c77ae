import Ledger
import Supervision
import Synchronization

/// Handles one hand after another with its body, until it is asked to stop, a message stops it, or the body ends.
///
/// There may be ten thousand that wait. What a suspended function holds lies in its frame, so ``run()``, in which a worker
/// waits, has a small one: all that takes room is done in functions of its own, which are not inlined.
final class Worker: Sendable {
    let id: ChildID
    let holder: Holder
    let mailbox = WorkerMailbox()
    let table: WorkerTable
    let shared: PoolContext
    /// How many messages it has ended with.
    let handled = Atomic<UInt64>(0)
    /// Whether its body works: its start or an answer has shown that.
    private let isProven = Atomic(false)

    init(id: ChildID, holder: Holder, table: WorkerTable, shared: PoolContext) {
        self.id = id
        self.holder = holder
        self.table = table
        self.shared = shared
    }

    /// The body of the supervised child. A part of its caller, so that there is one frame less.
    @inline(__always)
    func run() async throws {
        table.register(self)
        var ladder = StartLadder()
        while true {
            let body = shared.handler.makeBody(
                of: WorkerHandle(name: id.name, observer: self) { [mailbox, life = mailbox.life] in
                    mailbox.end($0, of: life)
                })
            var end = await start(body)
            while end == nil {
                switch await mailbox.next() {
                case .hand(let hand):
                    end = await perform(hand, body)
                    if !mailbox.hasMore { body.flush() }
                case .ended(let error): end = self.end(with: error)
                case .stop: end = .stop
                }
            }
            guard let end, let fault = await bury(body, after: end, &ladder) else { continue }
            // One that an operator ended could perhaps have worked: it is replaced.
            guard case .cannotStart = end, !(fault is InjectedCrash) else { throw fault }
            try await backOff(&ladder, because: fault)
        }
    }

    /// How the life of a body ended.
    private enum End {
        /// It was asked to.
        case stop
        /// It never worked: the worker goes on with another one.
        case cannotStart(any Error)
        /// A kill message.
        case killed(Hand)
        case crashed(any Error)
    }

    /// Gives it a hand that was dealt to it: to its body if that takes it at once, and else by its mailbox.
    ///
    /// - Returns: whether it has it, and the body that is to be flushed.
    func give(_ hand: Hand, at now: Duration) -> (isTaken: Bool, direct: (any DirectBody)?) {
        if !hand.entries[0].message.isKill,
            let body = mailbox.giveDirectly(hand, if: { table.begin(hand, at: now) })
        {
            return (true, body)
        }
        return (mailbox.hand(hand), nil)
    }

    // MARK: - A life

    @inline(never)
    private func start(_ body: any WorkerBody) async -> End? {
        let begin = shared.runtime.now
        table.take(body, of: holder, at: begin)
        do {
            isProven.store(false, ordering: .relaxed)
            if try await body.start() == .ready { prove() }
        } catch {
            return Task.isCancelled ? .stop : .cannotStart(error)
        }
        if let pid = body.vitals?.pid {
            let now = shared.runtime.now
            shared.bodies.started(id, holder.worker, pid: pid, in: now - begin, at: now)
        }
        mailbox.open(to: body as? any DirectBody)
        table.enter(.ready, by: holder)
        shared.pool.dealNotify.notify()
        return nil
    }

    private func prove() {
        isProven.store(true, ordering: .relaxed)
        table.noteProof(of: holder)
    }

    /// Gives the body a hand. Returns how it ended, if it did.
    @inline(never)
    private func perform(_ hand: Hand, _ body: any WorkerBody) async -> End? {
        if Task.isCancelled { return .stop }
        guard table.begin(hand, at: shared.runtime.now) else { return nil }
        if hand.entries[0].message.isKill {
            if shared.finish(hand.lease(0), .killed, by: id) { handled.add(1, ordering: .relaxed) }
            return .killed(hand)
        }
        do {
            try await body.handle(hand)
            return nil
        } catch {
            return end(with: error)
        }
    }

    @inline(never)
    private func end(with error: any Error) -> End {
        if Task.isCancelled { return .stop }
        return isProven.load(ordering: .relaxed) ? .crashed(error) : .cannotStart(error)
    }

    // MARK: - The end of a life

    /// Sees to it that nothing of the body goes on, and only then lets others have what it held.
    ///
    /// - Returns: what the worker ends with; nil: it goes on with another body at once.
    @inline(never)
    private func bury(_ body: any WorkerBody, after end: End, _ ladder: inout StartLadder) async -> (any Error)? {
        table.enter(.ending, by: holder, at: shared.runtime.now)
        if case .cannotStart = end { mailbox.clear() } else { mailbox.close() }
        switch end {
        case .stop where table.owesNothing(holder): await body.stop(within: shared.grace)
        case .stop, .killed, .cannotStart, .crashed: await body.kill()
        }
        let postMortem = noteExit(of: body)
        // A signal that an operator has sent is no message's fault.
        let injected = table.injectedCrash(of: holder, endedAs: postMortem, at: shared.runtime.now)
        switch end {
        case .stop:
            giveUp(table.unregister(holder)) { _, _, _ in Ledger.AnswerTally() }
            return CancellationError()
        case .killed(let hand):
            giveUp(table.unregister(holder)) { _, _, _ in Ledger.AnswerTally() }
            return MessageFault(.killed, over: hand)
        case .cannotStart where injected != nil:
            mailbox.close()
            giveUp(table.unregister(holder)) { _, _, _ in Ledger.AnswerTally() }
            return injected
        case .cannotStart(let error) where ladder.forgives(error):
            giveUp(table.clear(holder)) { [id] ledger, leases, now in
                ledger.endedFromOutside(leases, reason: "\(error)", by: id.name, at: now)
            }
            table.enter(.starting, by: holder)
            return nil
        case .cannotStart(let error):
            giveUp(table.clear(holder)) { [id] ledger, leases, now in
                ledger.couldNotStart(leases, reason: "\(error)", by: id.name, at: now)
            }
            return error
        case .crashed where table.isGivenUp(holder):
            // It took too long, and that was judged.
            giveUp(table.unregister(holder)) { _, _, _ in Ledger.AnswerTally() }
            return CancellationError()
        case .crashed(let error): return charge(injected ?? error)
        }
    }

    /// Enters in the ledger who pays for the end of a body.
    private func charge(_ error: any Error) -> any Error {
        switch error {
        case is InjectedCrash:
            giveUp(table.unregister(holder)) { _, _, _ in Ledger.AnswerTally() }
            return error
        case let error as BodyEnded:
            giveUp(table.unregister(holder)) { [id] ledger, leases, now in
                ledger.endedFromOutside(leases, reason: error.reason, by: id.name, at: now)
            }
            return error
        default:
            let frames = table.unregister(holder)
            let open = giveUp(frames) { [id] ledger, leases, now in
                ledger.crashed(leases, reason: "\(error)", by: id.name, at: now)
            }
            let oldest = frames.first { $0.begun != nil }
            return oldest.map { MessageFault(.crashed(error), over: $0.hand, at: $0.firstOpen, count: open) } ?? error
        }
    }

    /// Tells how a body ended that is a process.
    @inline(never)
    private func noteExit(of body: any WorkerBody) -> PostMortem? {
        guard var postMortem = body.postMortem else { return nil }
        postMortem.cause = judged(postMortem.cause)
        let now = shared.runtime.now
        shared.bodies.exited(
            id, holder.worker, postMortem, after: table.birth(of: holder).map { now - $0 }, at: now)
        return postMortem
    }

    /// A body that is ended at once does not know that it took too long.
    private func judged(_ cause: BodyExitCause) -> BodyExitCause {
        cause == .killed && table.isGivenUp(holder) ? .timedOut : cause
    }

    /// Enters in the ledger what becomes of hands that nobody works on any more. What the body has not been given is nobody's
    /// fault. Returns how many messages of the others were open.
    @discardableResult
    private func giveUp(
        _ frames: [WorkerTable.Frame],
        _ judge: (inout Ledger, [Lease], Duration) -> Ledger.AnswerTally
    ) -> Int {
        guard !frames.isEmpty else { return 0 }
        let now = shared.runtime.now
        let begun = frames.filter { $0.begun != nil }.flatMap { $0.hand.leases }
        let tally = shared.ledger.withLock { ledger in
            let tally = judge(&ledger, begun, now)
            for frame in frames {
                for lease in frame.hand.leases {
                    _ = ledger.giveBack(lease)
                    ledger.hasGone(lease)
                }
            }
            return tally
        }
        handled.add(UInt64(tally.finished), ordering: .relaxed)
        shared.flowNotify.notify()
        shared.pool.dealNotify.notify()
        return tally.taken
    }

    @inline(never)
    private func backOff(_ ladder: inout StartLadder, because error: any Error) async throws {
        let wait = ladder.next()
        table.enter(.backingOff, by: holder)
        let now = shared.runtime.now
        shared.starts.failed(id, because: "\(error)", wait: wait, at: now)
        shared.bodies.couldNotStart(id, holder.worker, because: "\(error)", wait: wait, at: now)
        do {
            try await shared.runtime.sleep(until: shared.runtime.now + wait)
        } catch {
            table.unregister(holder)
            throw error
        }
        table.enter(.starting, by: holder)
    }
}

// MARK: - What bodies tell

extension Worker: BodyObserver {
    func proved() { if !isProven.load(ordering: .relaxed) { prove() } }

    func spawned(in duration: Duration) { shared.bodies.observer?.spawned(in: duration) }

    func exited(_ exit: BodyExit?, _ cause: BodyExitCause) { shared.bodies.observer?.exited(exit, judged(cause)) }

    func answeredOutOfOrder(_ count: Int) { shared.bodies.observer?.answeredOutOfOrder(count) }

    func droppedErrorLines(_ count: Int) { shared.bodies.observer?.droppedErrorLines(count) }
}

// MARK: - The answers

extension Worker: HandKeeper {
    func take(_ answers: [Answer], of hand: Hand) -> Int {
        account(hand, answers.lazy.map(\.index)) { [id] ledger, now in
            ledger.answer(answers, of: hand, by: id.name, at: now)
        }
    }

    func take(_ outcome: Outcome, at index: Int, of hand: Hand) -> Bool {
        guard hand.entries.indices.contains(index) else { return false }
        let lease = hand.lease(index)
        return account(hand, CollectionOfOne(index)) { [id] ledger, now in
            ledger.answer(lease, outcome, by: id.name, at: now)
        } > 0
    }

    func settle(_ outcome: Outcome, of hand: Hand) -> Int {
        account(hand, hand.entries.indices) { [id] ledger, now in
            ledger.answerRest(outcome, of: hand, by: id.name, at: now)
        }
    }

    /// In the same step in which the body says it: a crash of anybody between the two could not tell a handled message from one
    /// that was not.
    private func account(
        _ hand: Hand, _ indices: some Collection<Int>, _ answer: (inout Ledger, Duration) -> Ledger.AnswerTally
    ) -> Int {
        let now = shared.runtime.now
        let tally = shared.ledger.withLock { answer(&$0, now) }
        guard tally.taken > 0 else { return 0 }
        note(tally)
        shared.flowNotify.notify()
        if table.answered(hand, tally.taken, of: indices, at: now) || tally.hasReturned { shared.noteCredit() }
        return tally.taken
    }

    func take(_ reports: [HandReport], goesOn: Bool) {
        let now = shared.runtime.now
        var total = Ledger.AnswerTally()
        let counts = shared.ledger.withLock { ledger in
            reports.map { report in
                let tally = ledger.answer(report, by: id.name, at: now)
                total.add(tally)
                return tally.taken
            }
        }
        guard total.taken > 0 else { return }
        note(total)
        // This is the thread that reads what processes say: the next hand goes out on it, and wakes nobody here.
        if table.answered(reports, counts, at: now) || total.hasReturned {
            if goesOn { shared.deal() } else { shared.pool.dealNotify.notify() }
        }
        if total.hasReturned || shared.ledger.withLock({ $0.owesSettlement(at: now) }) { shared.flowNotify.notify() }
    }

    private func note(_ tally: Ledger.AnswerTally) {
        if !isProven.load(ordering: .relaxed) { prove() }
        handled.add(UInt64(tally.finished), ordering: .relaxed)
    }

    func beginsHandover(of hand: Hand) -> Bool { table.stopClock(hand) }

    func progress(of hand: Hand) { table.restartClock(hand, at: shared.runtime.now) }
}
