import DequeModule
import Ledger
import Locking
import Supervision
import Synchronization

/// The workers of one incarnation of a direct supervisor: who has credit, and who holds what since when.
package final class WorkerTable: Sendable {
    package let id: ChildID
    package let incarnation: UInt64

    /// A hand that was dealt, until all its messages are answered for.
    struct Frame {
        let hand: Hand
        /// How many of its messages are not answered for.
        package var open: Int
        /// When the body was given it; nil: it lies on the mailbox.
        var begun: Duration?
        /// Whether only the handing over of its result remains.
        var isHandingOver = false
        /// For each of its messages whether it was answered for; empty: none was.
        fileprivate(set) var answered: [Bool] = []

        /// The place of the oldest message that was not answered for.
        var firstOpen: Int { answered.firstIndex(of: false) ?? 0 }

        fileprivate mutating func note(_ indices: some Collection<Int>) {
            if answered.isEmpty { answered = Array(repeating: false, count: hand.entries.count) }
            for index in indices where answered.indices.contains(index) { answered[index] = true }
        }
    }

    /// What a worker does, as far as credit goes.
    enum Phase {
        /// Its body is being started.
        case starting
        case ready
        /// Its body could not be started, and it waits before it tries again.
        case backingOff
        /// Its body is being ended: from here on what it holds pays for nothing.
        case ending
    }

    /// A signal that an operator has sent the process of a body.
    private final class Signalled: Sendable {
        let crash: InjectedCrash
        let time: Duration

        init(_ crash: InjectedCrash, at now: Duration) {
            self.crash = crash
            time = now
        }
    }

    /// An object, so that what is changed in one is changed where it lies. Only touched under the table's lock, which is what makes it
    /// safe to share.
    private final class Member: @unchecked Sendable {
        let worker: Worker
        /// What does its work at present.
        var body: (any WorkerBody)?
        /// Since when it has that.
        var birth: Duration?
        var signalled: Signalled?
        var phase = Phase.starting
        /// How many starts of its body have failed in a row.
        var failedStarts = 0
        /// What it holds, the oldest first.
        var frames: [Frame] = []
        /// Since when its timeout runs; nil: it does not.
        var clock: Duration?
        /// Since when its body is being ended.
        var ending: Duration?
        /// Whether it took too long and is told to go.
        var isGivenUp = false
        /// Whether that is because it did not come back for what lies on its mailbox: it is not to begin that any more.
        var isStuck = false
        /// Whether it is just being dealt to: it is in no list of those with credit.
        var isTaken = false

        init(_ worker: Worker) { self.worker = worker }

        func index(of hand: Hand) -> Int? { frames.firstIndex { $0.hand === hand } }

        /// So many messages of a hand were answered for. Returns whether those were all.
        func answered(
            _ index: Int, _ count: Int, of indices: @autoclosure () -> some Collection<Int>, at now: Duration
        ) -> Bool {
            frames[index].open -= count
            if index == 0, !frames[0].isHandingOver { clock = now }
            if frames[index].open <= 0 { return true }
            frames[index].note(indices())
            return false
        }

        /// A hand is done.
        func remove(_ index: Int, at now: Duration) {
            frames.remove(at: index)
            // Also over what it has not taken up: a body may be done with a hand and not come back.
            if index == 0 { clock = frames.isEmpty ? nil : now }
            if frames.first?.isHandingOver == true { clock = nil }
        }

        var state: WorkerSnapshot.State {
            switch phase {
            case .starting: .starting
            case .backingOff: .backingOff
            case .ending: .stopping
            case .ready: frames.isEmpty ? .idle : .busy
            }
        }

        /// How many messages it has been given and not answered for.
        var owed: Int { frames.reduce(0) { $1.begun == nil ? $0 : $0 + $1.open } }
    }

    private struct State {
        /// The living workers by their incarnation.
        var members: [UInt64: Member] = [:]
        /// Those with credit, by how many hands they hold; in each list the one first that has waited longest.
        var free: [Deque<Worker>]
        let credit = Credit()
        var frames = 0
        /// How many have a body that could not be started, the last time and perhaps others before.
        var failing = 0
        /// How often a worker was started again, by its name; those that never were are not in it.
        var restarts: [ChildID: Int] = [:]
        /// How many messages those that have gone had ended with.
        var handledBefore: UInt64 = 0

        /// Whether it has credit. With one hand at once, one that is dealt to or done is in no list when that changes.
        private func isListed(_ member: Member) -> Bool {
            member.phase == .ready && !member.isGivenUp && !member.isTaken && member.frames.count < free.count
                && member.frames.first?.hand.isAlone != true
        }

        /// Takes a worker from its place among those with credit.
        mutating func unlist(_ member: Member) {
            guard isListed(member) else { return }
            free[member.frames.count].removeAll { $0 === member.worker }
            credit.count.subtract(1, ordering: .relaxed)
        }

        /// So many messages of a hand were answered for. Returns whether those were all.
        mutating func answered(
            _ hand: Hand, _ count: Int, of indices: @autoclosure () -> some Collection<Int>, at now: Duration
        ) -> Bool {
            guard let member = members[hand.holder.worker], let index = member.index(of: hand),
                member.answered(index, count, of: indices(), at: now)
            else { return false }
            change(member) { $0.remove(index, at: now) }
            return true
        }

        /// Changes a member, and its place among those with credit. Nil: it has gone.
        mutating func change<Result>(_ holder: Holder, _ body: (Member) -> Result) -> Result? {
            members[holder.worker].map { change($0, body) }
        }

        @discardableResult
        private mutating func change<Result>(_ member: Member, _ body: (Member) -> Result) -> Result {
            unlist(member)
            frames -= member.frames.count
            let result = body(member)
            frames += member.frames.count
            guard isListed(member) else { return result }
            free[member.frames.count].append(member.worker)
            credit.count.add(1, ordering: .relaxed)
            return result
        }
    }

    /// How many workers have credit. Whoever deals passes by a table without any and does not take its lock: there may be a thousand
    /// of them. Who gives credit says so afterwards, so nobody waits for a table that was passed by.
    private final class Credit: Sendable {
        let count = Atomic(0)
    }

    private let state: Locked<State>
    private let credit: Credit

    /// - Parameters:
    ///   - size: how many workers there will be.
    ///   - prefetch: how many hands each may hold.
    package init(id: ChildID, incarnation: UInt64, size: Int, prefetch: Int = 1) {
        self.id = id
        self.incarnation = incarnation
        let state = State(free: Array(repeating: [], count: prefetch))
        credit = state.credit
        self.state = Locked(state)
        self.state.withLock { $0.members.reserveCapacity(size) }
    }

    // MARK: - Who is there

    func register(_ worker: Worker) {
        state.withLock { $0.members[worker.holder.worker] = Member(worker) }
    }

    /// The worker has gone, or was left to itself. May be called again. Returns what it held.
    @discardableResult
    func unregister(_ holder: Holder) -> [Frame] {
        state.withLock { state in
            guard let member = state.members.removeValue(forKey: holder.worker) else { return [] }
            state.unlist(member)
            state.frames -= member.frames.count
            state.handledBefore += member.worker.handled.load(ordering: .relaxed)
            if member.failedStarts > 0 { state.failing -= 1 }
            return member.frames
        }
    }

    /// What the worker's body is doing has changed. One that was left to itself has no credit to give.
    ///
    /// - Parameter now: when its body began to end; it may take as long for that as over what it holds.
    func enter(_ phase: Phase, by holder: Holder, at now: Duration? = nil) {
        state.withLock { state in
            guard let member = state.members[holder.worker] else { return }
            if phase == .backingOff, member.failedStarts == 0 { state.failing += 1 }
            _ = state.change(holder) { member in
                member.phase = phase
                if phase == .backingOff { member.failedStarts += 1 }
                member.ending = phase == .ending ? now : nil
            }
        }
    }

    /// The body of a worker works: its start, or an answer, has shown that.
    func noteProof(of holder: Holder) {
        state.withLock { state in
            guard let member = state.members[holder.worker], member.failedStarts > 0 else { return }
            state.failing -= 1
            member.failedStarts = 0
        }
    }

    /// Whether a worker took too long and is told to go.
    func isGivenUp(_ holder: Holder) -> Bool { state.withLock { $0.members[holder.worker]?.isGivenUp ?? false } }

    /// It has answered in the moment in which it was given up.
    func pardon(_ holder: Holder) {
        state.withLock { _ = $0.change(holder) { $0.isGivenUp = false } }
    }

    /// Takes from a worker all that it holds, since its body has ended and it is about to make another one.
    func clear(_ holder: Holder) -> [Frame] {
        state.withLock { state in
            state.change(holder) { member in
                defer { (member.frames, member.clock) = ([], nil) }
                (member.body, member.birth, member.signalled) = (nil, nil, nil)
                return member.frames
            } ?? []
        }
    }

    // MARK: - The bodies

    /// A worker has a new body, which is about to be started.
    func take(_ body: any WorkerBody, of holder: Holder, at now: Duration) {
        state.withLock { state in
            state.members[holder.worker]?.body = body
            state.members[holder.worker]?.birth = now
        }
    }

    /// What does a worker's work at present.
    func body(of holder: Holder) -> (any WorkerBody)? { state.withLock { $0.members[holder.worker]?.body } }

    /// What is seen from outside of the process that does a worker's work; nil: none does.
    package func vitals(of incarnation: UInt64) -> BodyVitals? {
        state.withLock { $0.members[incarnation]?.body }?.vitals
    }

    /// Since when a worker has its body.
    func birth(of holder: Holder) -> Duration? { state.withLock { $0.members[holder.worker]?.birth } }

    /// Sends the process of a worker a signal, as an operator wants it. If it ends by that, no message pays. False: it has no
    /// process.
    package func deliver(_ signal: Int32, to incarnation: UInt64, at now: Duration) -> Bool {
        let body = state.withLock { state -> (any WorkerBody)? in
            guard let member = state.members[incarnation], let body = member.body else { return nil }
            let oldest = member.frames.first.map { MessageInHand($0.hand, at: $0.firstOpen) }
            // Before it is sent: what comes of it may come at once.
            state.members[incarnation]?.signalled = Signalled(
                InjectedCrash(message: oldest, signal: signal), at: now)
            return body
        }
        return body?.deliver(signal: signal) ?? false
    }

    /// The injected crash that a worker's body has ended by; nil: it ended by something else.
    func injectedCrash(of holder: Holder, endedAs postMortem: PostMortem?, at now: Duration) -> InjectedCrash? {
        guard let signalled = state.withLock({ $0.members[holder.worker]?.signalled }), let postMortem else {
            return nil
        }
        if case .signal(signalled.crash.signal, _)? = postMortem.exit { return signalled.crash }
        // It may catch the signal and exit; after a while that has another cause.
        return now - signalled.time <= .seconds(3) ? signalled.crash : nil
    }

    // MARK: - Credit

    /// Takes a worker that may be dealt to: of those that hold least, the one that has waited longest. It is to be given a hand, or
    /// released.
    ///
    /// - Parameter isIdle: whether it must hold nothing.
    func take(isIdle: Bool = false) -> Worker? {
        guard credit.count.load(ordering: .relaxed) > 0 else { return nil }
        return state.withLock { state in
            for load in state.free.indices.prefix(isIdle ? 1 : .max) {
                guard let worker = state.free[load].popFirst() else { continue }
                state.credit.count.subtract(1, ordering: .relaxed)
                state.members[worker.holder.worker]?.isTaken = true
                return worker
            }
            return nil
        }
    }

    /// How little one of its workers with credit holds; nil: none has credit.
    var smallestLoad: Int? {
        guard credit.count.load(ordering: .relaxed) > 0 else { return nil }
        return state.withLock { $0.free.firstIndex { !$0.isEmpty } }
    }

    /// Gives a hand to the worker that was taken. False: it has gone meanwhile, or its body has.
    ///
    /// - Parameter now: from when on it may lie there for as long as a worker may take over it.
    func deal(_ hand: Hand, at now: Duration? = nil) -> Bool {
        state.withLock { state in
            state.change(hand.holder) { member in
                member.isTaken = false
                guard member.phase == .ready else { return false }
                if member.frames.isEmpty { member.clock = now }
                member.frames.append(Frame(hand: hand, open: hand.entries.count))
                return true
            } ?? false
        }
    }

    /// There was nothing for the worker that was taken.
    func release(_ worker: Worker) {
        state.withLock { _ = $0.change(worker.holder) { $0.isTaken = false } }
    }

    // MARK: - What is in hand

    /// The body is about to be given a hand. False: it is not to have it; it lay on the mailbox when another body ended, or the worker
    /// was given up before it came for it.
    package func begin(_ hand: Hand, at now: Duration) -> Bool {
        state.withLock { state in
            guard let member = state.members[hand.holder.worker], !member.isStuck, let index = member.index(of: hand)
            else { return false }
            // Two may deal to it at once: what its body was given first is its oldest.
            let place = member.frames.firstIndex { $0.begun == nil } ?? index
            if place < index { member.frames.insert(member.frames.remove(at: index), at: place) }
            let begun = min(place, index)
            member.frames[begun].begun = now
            if begun == 0 { member.clock = now }
            return true
        }
    }

    /// So many messages of a hand were answered for. True: the hand is done, and its worker has one more credit.
    ///
    /// - Parameter indices: which, perhaps among others that had been before.
    func answered(
        _ hand: Hand, _ count: Int, of indices: some Collection<Int> = EmptyCollection<Int>(), at now: Duration
    ) -> Bool {
        guard count > 0 else { return false }
        return state.withLock { $0.answered(hand, count, of: indices, at: now) }
    }

    /// The same for several hands, in one step. True: one of them is done.
    ///
    /// - Parameter counts: how many messages each report has answered for.
    func answered(_ reports: [HandReport], _ counts: [Int], at now: Duration) -> Bool {
        state.withLock { state in
            var isDone = false
            for (report, count) in zip(reports, counts) where count > 0 {
                isDone = state.answered(report.hand, count, of: report.indices, at: now) || isDone
            }
            return isDone
        }
    }

    /// A mailbox did not take a hand: the worker is to stop, or its body has ended. It has no credit before another body of it is ready,
    /// or what it does not take would be dealt to it again at once.
    func drop(_ hand: Hand) {
        state.withLock { state in
            _ = state.change(hand.holder) { member in
                // If it is not there any more, the worker has seen to it, and may be with another body.
                guard let index = member.index(of: hand) else { return }
                member.frames.remove(at: index)
                if member.frames.isEmpty { member.clock = nil }
                if member.phase == .ready { member.phase = .starting }
            }
        }
    }

    /// The timeout does not run any longer for a hand. False: it is not the worker's any more, somebody else answers for it.
    @discardableResult
    func stopClock(_ hand: Hand) -> Bool {
        state.withLock { state in
            guard let member = state.members[hand.holder.worker], let index = member.index(of: hand), !member.isGivenUp
            else { return false }
            member.frames[index].isHandingOver = true
            if index == 0 { member.clock = nil }
            return true
        }
    }

    /// A hand goes on: the timeout of the oldest begins anew.
    func restartClock(_ hand: Hand, at now: Duration) {
        state.withLock { state in
            guard let member = state.members[hand.holder.worker], member.index(of: hand) == 0, member.clock != nil
            else { return }
            member.clock = now
        }
    }

    /// Whether a worker owes nothing. One that was left to itself is not to go on in good order: what it had is dealt again.
    func owesNothing(_ holder: Holder) -> Bool { state.withLock { $0.members[holder.worker]?.owed == 0 } }

    // MARK: - Time

    /// How long a worker may take.
    struct Timeouts {
        /// Over a message.
        var single: Duration
        /// Over a hand of several.
        package var batch: Duration
        /// To end its body.
        package var end = Self.shortestEnd

        static let shortestEnd = Duration.seconds(5)

        package func limit(of hand: Hand) -> Duration { hand.entries.count > 1 ? batch : single }
    }

    /// A worker that takes too long, and over what.
    struct Overdue {
        package let worker: Worker
        /// The oldest hand, which it takes too long over.
        let hand: Hand?
        /// How many messages of that are not answered for.
        package let open: Int
        /// The place of the oldest of them.
        let firstOpen: Int
        package let limit: Duration
        /// Whether it takes too long to end its body, or to take up what lies on its mailbox.
        let isStuck: Bool
    }

    /// Who takes too long. To be looked at again where it is ended.
    func overdue(at now: Duration, _ timeouts: Timeouts) -> [Overdue] {
        state.withLock { state in
            state.members.values.compactMap { Self.overdue($0, at: now, timeouts) }
        }.sorted { $0.worker.holder.worker < $1.worker.holder.worker }
    }

    private static func overdue(_ member: Member, at now: Duration, _ timeouts: Timeouts) -> Overdue? {
        guard !member.isGivenUp else { return nil }
        if let ending = member.ending {
            guard now - ending > timeouts.end else { return nil }
            return Overdue(
                worker: member.worker, hand: member.frames.first?.hand, open: 0, firstOpen: 0, limit: timeouts.end,
                isStuck: true)
        }
        guard let clock = member.clock, let oldest = member.frames.first else { return nil }
        let limit = timeouts.limit(of: oldest.hand)
        guard now - clock > limit else { return nil }
        return Overdue(
            worker: member.worker, hand: oldest.hand, open: oldest.open, firstOpen: oldest.firstOpen, limit: limit,
            isStuck: member.phase == .ending || oldest.begun == nil)
    }

    /// Gives up a worker that still takes too long: from now on it has nothing to hand over, and gets nothing more. Nil: it does not
    /// any more. Whoever saw it before may have waited since.
    func giveUp(_ holder: Holder, at now: Duration, _ timeouts: Timeouts) -> Overdue? {
        state.withLock { state in
            guard let overdue = state.members[holder.worker].flatMap({ Self.overdue($0, at: now, timeouts) }) else {
                return nil
            }
            _ = state.change(holder) { ($0.isGivenUp, $0.isStuck) = (true, overdue.isStuck) }
            return overdue
        }
    }

    // MARK: - What is seen of it

    /// A worker was started again.
    func noteRestart(of worker: ChildID) {
        state.withLock { $0.restarts[worker, default: 0] += 1 }
    }

    /// How often workers were started again, and how many messages they ended with.
    package var totals: (restarts: Int, handled: UInt64) {
        state.withLock { state in
            (
                state.restarts.values.reduce(0, +),
                state.members.values.reduce(state.handledBefore) { $0 + $1.worker.handled.load(ordering: .relaxed) }
            )
        }
    }

    /// Workers that live.
    package var count: Int { state.withLock { $0.members.count } }

    /// How many of them have something in hand.
    package var busy: Int { state.withLock { $0.members.values.count { !$0.frames.isEmpty } } }

    /// How many of them have a body that could not be started the last time, and none that has worked since.
    package var failing: Int { state.withLock(\.failing) }

    /// How many of them start their first body, and how many end one, with nothing in hand.
    package var changing: (starting: Int, stopping: Int) {
        state.withLock { state in
            state.members.values.reduce(into: (0, 0)) { sum, member in
                guard member.frames.isEmpty, member.failedStarts == 0 else { return }
                if member.phase == .starting { sum.0 += 1 }
                if member.phase == .ending { sum.1 += 1 }
            }
        }
    }

    /// How many of them have a body that takes hands.
    var ready: Int { state.withLock { $0.members.values.count { $0.phase == .ready } } }

    /// How many of them have tried it several times in vain.
    package var stuck: Int { state.withLock { $0.members.values.count { $0.failedStarts >= 3 } } }

    /// Whether a worker has room for a hand.
    package var hasCredit: Bool { smallestLoad != nil }

    /// Whether a worker that is ready holds nothing.
    var hasIdle: Bool { smallestLoad == 0 }

    /// Hands that were dealt here and are not done.
    var hands: Int { state.withLock(\.frames) }

    /// Whether nothing was dealt here that is not done.
    var isIdle: Bool { hands == 0 }

    /// The living workers and the oldest message that they hold, by incarnation.
    package var workers: [(id: ChildID, incarnation: UInt64, sequence: UInt64?)] {
        state.withLock { state in
            state.members.values.map { member in
                (
                    member.worker.id, member.worker.holder.worker,
                    member.frames.first.map { $0.hand.entries[$0.firstOpen].message.sequence }
                )
            }
        }.sorted { $0.incarnation < $1.incarnation }
    }

    /// How many messages are in its workers' hands.
    package var held: Int {
        state.withLock { $0.members.values.reduce(0) { $0 + $1.frames.reduce(0) { $0 + $1.open } } }
    }

    /// The oldest hand that a worker has, and how many messages it holds in all.
    package func holding(of incarnation: UInt64) -> (oldest: MessageInHand, messages: Int)? {
        state.withLock { state in
            guard let member = state.members[incarnation], let oldest = member.frames.first else { return nil }
            return (MessageInHand(oldest.hand, at: oldest.firstOpen), member.frames.reduce(0) { $0 + $1.open })
        }
    }

    /// The living workers as an operator sees them, by name.
    package func snapshot(at now: Duration) -> [WorkerSnapshot] {
        let living = state.withLock { state in
            state.members.values.map { member -> (WorkerSnapshot, (any WorkerBody)?) in
                let snapshot = WorkerSnapshot(
                    id: member.worker.id, incarnation: member.worker.holder.worker,
                    restarts: state.restarts[member.worker.id] ?? 0,
                    handled: member.worker.handled.load(ordering: .relaxed), holds: member.frames.first?.look(at: now),
                    inHand: member.frames.reduce(0) { $0 + $1.open }, state: member.state,
                    age: member.birth.map { max(now - $0, .zero) })
                return (snapshot, member.body)
            }
        }
        // What a body says of itself is not asked under the lock.
        return living.map { snapshot, body in
            var snapshot = snapshot
            snapshot.vitals = body?.vitals
            return snapshot
        }.sorted { ($0.id.name.utf8.count, $0.id.name) < ($1.id.name.utf8.count, $1.id.name) }
    }
}

extension WorkerTable.Frame {
    /// Its oldest message; it may have begun after the clock was read.
    fileprivate func look(at now: Duration) -> HeldMessageSnapshot? {
        Optional(hand.entries[firstOpen]).map { entry in
            HeldMessageSnapshot(
                sequence: entry.message.sequence, stream: entry.message.stream.name,
                eventID: entry.message.event.id.beginning, attempt: entry.attempt,
                heldFor: max(now - (begun ?? now), .zero))
        }
    }
}
