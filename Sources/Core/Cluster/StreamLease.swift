import Locking
import Pipeline

/// The lease of one stream at work: asks the bucket what ``LeaseMachine`` wants to know, and wakes who waits for what follows.
final class StreamLease: Sendable {
    /// That we hold it.
    struct Tenure: Sendable, Hashable {
        /// The epoch in which it was taken from somebody else.
        var number: UInt64
        /// Where it goes on.
        var position: LeasedPosition?
    }

    private struct State {
        var machine: LeaseMachine
        var isHandingOver = false
        var watchers: [UInt64: Notify] = [:]
        var lastWatcher: UInt64 = 0
        /// The receiver's side, while there is one.
        var intake: StreamIntake?
        var isReceiving = false
        var hasEnded = false
        /// Since when the bucket does not answer.
        var troubleSince: Duration?
    }

    let stream: String
    private let bucket: any LeaseBucket
    private let clock: LeaseClock
    private let tell: @Sendable (LeaseNews) -> Void
    private let state: Locked<State>
    private let wake = Notify()

    init(
        of stream: String, _ terms: LeaseMachine.Terms, in bucket: any LeaseBucket, clock: LeaseClock,
        tell: @escaping @Sendable (LeaseNews) -> Void
    ) {
        self.stream = stream
        self.bucket = bucket
        self.clock = clock
        self.tell = tell
        state = Locked(State(machine: LeaseMachine(terms)))
    }

    // MARK: The loop

    /// Asks and answers until the stream was left.
    func run() async {
        // Letters and digits, `_`, `-` and `=` may stand in any key; a dot may not stand everywhere.
        let key = String(stream.map { $0 == "." ? "=" : $0 })
        while true {
            let step = change { machine, now in machine.next(at: now) }
            switch step {
            case .end:
                state.withLock { $0.hasEnded = true }
                wakeAll()
                return
            case .wait(let until): await sleep(until: until)
            case .read(let limit):
                let reply: LeaseMachine.Reply
                do {
                    let (value, revision) = try await bucket.read(key, within: limit)
                    let record = value.map { LeaseRecord(reading: $0) }
                    reply =
                        if case .some(nil) = record {
                            .garbled(revision: revision)
                        } else {
                            .found(record ?? nil, revision: revision)
                        }
                } catch {
                    reply = .failed("\(error)")
                }
                end(reply)
            case .write(let record, let revision, let limit):
                let reply: LeaseMachine.Reply
                do {
                    let stored = try await bucket.write(key, record.bytes, ifRevision: revision, within: limit)
                    reply = stored.map { .stored(revision: $0) } ?? .conflict
                } catch {
                    reply = .failed("\(error)")
                }
                end(reply)
            }
        }
    }

    private func sleep(until: Duration) async {
        let clock = clock
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await clock.sleep(until) }
            group.addTask { [wake] in try? await wake.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    private func end(_ reply: LeaseMachine.Reply) { change { machine, now in ((), machine.end(reply, at: now)) } }

    private func change<Answer: Sendable>(
        _ change: @Sendable (inout LeaseMachine, Duration) -> (Answer, [LeaseMachine.Effect])
    ) -> Answer {
        let now = clock.now()
        let (answer, effects, trouble) = state.withLock { state in
            let (answer, effects) = change(&state.machine, now)
            state.troubleSince = state.machine.trouble == nil ? nil : state.troubleSince ?? now
            return (answer, effects, state.machine.trouble)
        }
        for effect in effects {
            switch effect {
            case .taken(let epoch, _): tell(.taken(epoch: epoch))
            case .regained(let epoch): tell(.regained(epoch: epoch))
            case .doubted: tell(.doubted(trouble))
            case .lost(let holder, let epoch): tell(.lost(to: holder?.node, epoch: epoch))
            case .released(let epoch): tell(.released(epoch: epoch))
            }
        }
        if !effects.isEmpty { wakeAll() }
        return answer
    }

    private func wakeAll() {
        for watcher in state.withLock({ Array($0.watchers.values) }) { watcher.notify() }
    }

    // MARK: Who asks

    /// Whether a message may be published now.
    var permit: LeasePermit {
        let now = clock.now()
        return state.withLock { state in
            switch state.machine.role {
            case .holder, .doubtful: state.machine.mayPublish(at: now) ? .granted : .doubtful
            // Without an id of ours to go on after, the next one began with what was new then.
            case .standby: (state.machine.stored?.lastEventID.readableBytes ?? 0) > 0 ? .lost : .abandoned
            }
        }
    }

    /// How it is held; the trouble only if it has lasted so long that somebody should know.
    var status: LeaseStatus {
        let now = clock.now()
        return state.withLock { state in
            let machine = state.machine
            let isLong = state.troubleSince.map { now - $0 >= machine.terms.lease } ?? false
            let isOurs = machine.role != .standby
            return LeaseStatus(
                role: machine.role, holder: isOurs ? machine.terms.me.node : machine.seen?.holder?.node,
                epoch: isOurs ? machine.epoch : machine.seen?.epoch ?? 0,
                trouble: machine.role == .doubtful || isLong ? machine.trouble : nil)
        }
    }

    /// Where the stream goes on, as it is known in a tenure.
    func note(_ position: LeasedPosition, tenure: UInt64) {
        state.withLock { $0.machine.note(position, tenure: tenure) }
    }

    func tell(otherSource location: String) { tell(.otherSource(location)) }

    // MARK: The receiver

    /// The tenure in which a receiver is to run now; nil: none is.
    var tenure: Tenure? {
        state.withLock { state in
            guard state.machine.role != .standby, !state.isHandingOver, !state.hasEnded else { return nil }
            return Tenure(number: state.machine.tenure, position: state.machine.position)
        }
    }

    /// Waits until this is not nil, and returns it.
    func wait<Answer: Sendable>(for look: @Sendable () -> Answer?) async throws -> Answer {
        let notify = Notify()
        let number = state.withLock { state in
            state.lastWatcher += 1
            state.watchers[state.lastWatcher] = notify
            return state.lastWatcher
        }
        defer { state.withLock { $0.watchers[number] = nil } }
        while true {
            if let answer = look() { return answer }
            try await notify.wait()
        }
    }

    func begin(_ intake: StreamIntake) { state.withLock { $0.intake = intake } }

    /// Whether the receiver may bring something.
    func receives(_ isSo: Bool) { state.withLock { $0.isReceiving = isSo } }

    // MARK: Giving it up

    /// Finishes what is in process. Nothing more of it is received.
    func finish(within limit: Duration) async {
        _ = beginsHandOver()
        _ = await isSpent(by: clock.now() + limit)
    }

    /// It is wanted after all.
    func goOn() {
        state.withLock { $0.isHandingOver = false }
        wakeAll()
    }

    private func beginsHandOver() -> Bool {
        let begins = state.withLock { state in
            guard state.machine.role == .holder, !state.isHandingOver else { return false }
            state.isHandingOver = true
            return true
        }
        if begins { wakeAll() }
        return begins
    }

    /// Waits until nothing of it is in process, and all is stored. Nobody announces that.
    private func isSpent(by deadline: Duration) async -> Bool {
        while let (intake, isReceiving) = state.withLock({ state in state.intake.map { ($0, state.isReceiving) } }),
            isReceiving || !intake.isSpent
        {
            guard clock.now() < deadline, (try? await clock.sleep(clock.now() + .milliseconds(20))) != nil else {
                return false
            }
        }
        return true
    }

    /// We take it no more, and give it up at once if we hold it.
    func leave() {
        state.withLock { $0.machine.leave(at: clock.now()) }
        wake.notify()
    }

    /// Finishes what is in process and gives it up to whoever stands by.
    ///
    /// - Returns: why not, in words; nil: it was given up.
    func handOver(within limit: Duration) async -> String? {
        guard beginsHandOver() else { return "this node does not hold it" }
        let deadline = clock.now() + limit
        defer {
            state.withLock { $0.isHandingOver = false }
            wakeAll()
        }
        guard await isSpent(by: deadline) else {
            return "messages of it are still in process; try again, or resume it if it is paused"
        }
        state.withLock { $0.machine.giveUp(at: clock.now()) }
        wake.notify()
        let isDone = Task {
            try await self.wait { () -> Bool? in
                switch self.state.withLock(\.machine.role) {
                case .holder: nil
                case .standby: true
                // Nobody knows whether the last write came through.
                case .doubtful: false
                }
            }
        }
        let alarm = Task { [clock] in
            try await clock.sleep(deadline)
            isDone.cancel()
        }
        defer { alarm.cancel() }
        return (try? await isDone.value) == true ? nil : "the broker does not answer"
    }
}
