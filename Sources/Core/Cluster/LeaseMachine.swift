/// Who holds one stream, as a value: it is told what the bucket answers, and says what is to be asked next. It has no clock and
/// waits for nothing; one request at a time is under way.
///
///     standby ──claims──▶ holder ──its deadline──▶ doubtful ──the record is still its own──▶ holder
///        ▲                   │                        │
///        └───── lost, given up ───────────────────────┘
///
/// The holder renews the record once a period, and with it stores where the stream goes on. It may publish until its **deadline**:
/// the lease, counted from the start of its last renewal that succeeded. A standby sees on its own clock that the record's
/// revision stands still, and takes over after the lease and a period: later than any deadline, since it cannot have seen a
/// renewal before that began. Every write is by compare-and-set, so of two who write one does.
public struct LeaseMachine: Sendable {
    /// What it goes by.
    public struct Terms: Sendable, Hashable {
        /// Who we are.
        public var me: LeaseRecord.Holder
        /// For how long a renewal holds.
        public var lease: Duration
        /// How often the holder renews; a standby looks twice as often.
        public var period: Duration
        /// How long a request may take.
        public var patience: Duration

        /// Makes them.
        public init(
            me: LeaseRecord.Holder, lease: Duration, period: Duration = .seconds(1), patience: Duration = .seconds(2)
        ) {
            self.me = me
            self.lease = lease
            self.period = period
            self.patience = patience
        }
    }

    /// What we are to the stream.
    public enum Role: Sendable, Hashable {
        /// Another one holds it, or nobody yet.
        case standby
        /// We hold it.
        case holder
        /// We held it until the deadline, and nobody is known to have taken it.
        case doubtful
    }

    /// What is to be done next.
    public enum Step: Sendable, Hashable {
        case wait(until: Duration)
        case read(within: Duration)
        case write(LeaseRecord, ifRevision: UInt64, within: Duration)
        /// Nothing, ever: it was left.
        case end
    }

    /// What the bucket answers.
    public enum Reply: Sendable, Hashable {
        /// What was read; no record: there is none, and nothing was ever there if the revision is 0.
        case found(LeaseRecord?, revision: UInt64)
        /// What was read is no record.
        case garbled(revision: UInt64)
        case stored(revision: UInt64)
        /// Somebody has changed it meanwhile.
        case conflict
        /// Nobody knows what became of it.
        case failed(String)
    }

    /// What follows from an answer, or from the time.
    public enum Effect: Sendable, Hashable {
        /// We hold it, from this position.
        case taken(epoch: UInt64, from: LeasedPosition?)
        /// We hold it again, and nobody has held it in between: all that we know of it is still true.
        case regained(epoch: UInt64)
        /// The deadline is over.
        case doubted
        /// Another one holds it, or has held it.
        case lost(to: LeaseRecord.Holder?, epoch: UInt64)
        /// We have given it up.
        case released(epoch: UInt64)
    }

    private enum Pending: Sendable {
        case read
        case claim(LeaseRecord, regains: Bool)
        case renewal
        case release
    }

    /// What it goes by.
    public let terms: Terms
    /// What we are to the stream.
    public private(set) var role = Role.standby
    /// The epoch that we hold, or held last.
    public private(set) var epoch: UInt64 = 0
    /// The epoch in which we took it from somebody else: what was known before that is void.
    public private(set) var tenure: UInt64 = 0
    /// Until when we may publish, as long as we hold it.
    public private(set) var deadline = Duration.zero
    /// What was read last.
    public private(set) var seen: LeaseRecord?
    /// Why the bucket does not answer, or makes no sense; nil: it does.
    public private(set) var trouble: String?

    /// Where the stream goes on, as far as we know.
    public private(set) var position: LeasedPosition?
    /// Where whoever takes it from us goes on, or later: the last that the bucket has of us.
    public private(set) var stored: LeasedPosition?
    private var written: LeasedPosition?
    private var revision: UInt64 = 0
    /// Since when the revision stands still, as far as was seen.
    private var stillSince: Duration?
    private var due = Duration.zero
    private var mustRead = false
    private var intended: (record: LeaseRecord, regains: Bool)?
    private var pending: (what: Pending, since: Duration)?
    private var isLeaving = false
    private var hasLeft = false
    /// Whether we have held it in this life.
    private var hasHeld = false
    /// What we gave up for another one to take: so long we leave it to him.
    private var given: (epoch: UInt64, until: Duration)?

    /// A standby.
    public init(_ terms: Terms) { self.terms = terms }

    /// Whether a message of the stream may be published at this moment. Who is giving it up may not: another one may have it already.
    public func mayPublish(at now: Duration) -> Bool { role == .holder && !isLeaving && now < deadline }

    // MARK: From outside

    /// Where the stream goes on, to be stored with the next renewal. What was known in another tenure counts nothing.
    public mutating func note(_ position: LeasedPosition, tenure: UInt64) {
        guard role != .standby, tenure == self.tenure else { return }
        self.position = position
    }

    /// We are to give it up at once, and to take it no more; what is told then is that it has ended.
    public mutating func leave(at now: Duration) {
        hasLeft = true
        giveUp(at: now)
    }

    /// We are to give it up to another one at once: nothing of it is in process any more.
    public mutating func giveUp(at now: Duration) {
        isLeaving = role == .holder
        due = min(due, now)
    }

    // MARK: What is next

    /// What is to be done; the answer comes by ``end(_:at:)``. Not to be asked while a request is under way.
    public mutating func next(at now: Duration) -> (Step, [Effect]) {
        var effects: [Effect] = []
        if role == .holder, now >= deadline { effects.append(doubt(at: now)) }
        if hasLeft, role != .holder { return (.end, effects) }
        guard now >= due else { return (.wait(until: role == .holder ? min(due, deadline) : due), effects) }
        if role == .holder, !mustRead {
            let record = LeaseRecord(
                holder: isLeaving ? nil : terms.me, epoch: epoch, lease: terms.lease, position: position)
            return (write(record, isLeaving ? .release : .renewal, at: now), effects)
        }
        if let (record, regains) = intended.take() {
            return (write(record, .claim(record, regains: regains), at: now), effects)
        }
        pending = (.read, now)
        return (.read(within: limit(at: now)), effects)
    }

    private mutating func write(_ record: LeaseRecord, _ what: Pending, at now: Duration) -> Step {
        pending = (what, now)
        written = record.position
        return .write(record, ifRevision: revision, within: limit(at: now))
    }

    private func limit(at now: Duration) -> Duration {
        role == .holder ? min(terms.patience, deadline - now) : terms.patience
    }

    private mutating func doubt(at now: Duration) -> Effect {
        role = .doubtful
        isLeaving = false
        due = now
        return .doubted
    }

    // MARK: What was answered

    /// The request that was under way has ended.
    public mutating func end(_ reply: Reply, at now: Duration) -> [Effect] {
        guard let (what, start) = pending.take() else { return [] }
        if case .failed(let reason) = reply { trouble = reason } else { trouble = nil }
        switch (what, reply) {
        case (.read, .found(let record, let revision)): return found(record, revision, start, at: now)
        case (.read, .garbled):
            trouble = "its record in the bucket makes no sense; remove it"
            due = start + terms.period
            return []
        case (.claim(let record, let regains), .stored(let revision)):
            return claimed(record, regains, revision, start, at: now)
        case (.renewal, .stored(let revision)):
            self.revision = revision
            stored = written
            // What began before the deadline and ended after it extends nothing: we have stopped.
            guard now < deadline else { return [doubt(at: now)] }
            deadline = start + terms.lease
            due = isLeaving ? now : start + terms.period
            return []
        case (.release, .stored): return [released(at: now)]
        case (_, .conflict):
            // Perhaps a write of our own that nobody told us the end of.
            mustRead = true
            due = now
            return []
        default:
            mustRead = true
            due = start + terms.period
            return []
        }
    }

    private mutating func claimed(
        _ record: LeaseRecord, _ regains: Bool, _ revision: UInt64, _ start: Duration, at now: Duration
    ) -> [Effect] {
        guard now - start < terms.lease else {
            // It is ours, and already over: the next look finds it.
            due = now
            return []
        }
        role = .holder
        hasHeld = true
        stored = record.position
        epoch = record.epoch
        self.revision = revision
        deadline = start + terms.lease
        due = start + terms.period
        mustRead = false
        seen = record
        if regains { return [.regained(epoch: epoch)] }
        tenure = epoch
        position = record.position
        return [.taken(epoch: epoch, from: position)]
    }

    private mutating func released(at now: Duration) -> Effect {
        role = .standby
        isLeaving = false
        seen = LeaseRecord(holder: nil, epoch: epoch, lease: terms.lease, position: position)
        stillSince = nil
        // Long enough for everybody who looks.
        given = (epoch, now + terms.lease + terms.period)
        due = now + terms.period
        return .released(epoch: epoch)
    }

    private mutating func found(
        _ record: LeaseRecord?, _ revision: UInt64, _ start: Duration, at now: Duration
    ) -> [Effect] {
        let isMine = record?.holder?.directory == terms.me.directory && record?.holder != nil
        mustRead = false
        switch role {
        case .holder where isMine && record?.epoch == epoch, .holder where record == nil:
            // A write of our own came through; or somebody has deleted it, and we write it anew.
            self.revision = revision
            due = now
            return []
        case .holder where isLeaving && record?.holder == nil && record?.epoch == epoch:
            return [released(at: now)]
        case .doubtful where isMine || record == nil:
            self.revision = revision
            let next = LeaseRecord(
                holder: terms.me, epoch: max(record?.epoch ?? 0, epoch) + 1, lease: terms.lease, position: position)
            claim(next, regains: true, at: now)
            return []
        case .holder, .doubtful:
            role = .standby
            isLeaving = false
            stillSince = nil
            let lost = Effect.lost(to: record?.holder, epoch: record?.epoch ?? 0)
            watch(record, revision, start, at: now)
            return [lost]
        case .standby:
            watch(record, revision, start, at: now)
            return []
        }
    }

    /// A look of a standby.
    private mutating func watch(_ record: LeaseRecord?, _ revision: UInt64, _ start: Duration, at now: Duration) {
        let last = seen
        let hasMoved = revision != self.revision || stillSince == nil
        self.revision = revision
        if hasMoved { stillSince = now }
        due = start + terms.period / 2
        guard let record else {
            // Nobody has held it. Or somebody has deleted it, and its holder goes on: the newest that is known is written in time.
            let next = LeaseRecord(
                holder: terms.me, epoch: (last?.epoch ?? 0) + 1, lease: terms.lease, position: last?.position)
            let wasHeld = revision > 0 || last?.holder.map { $0.directory != terms.me.directory } ?? false
            claims(next, after: wasHeld ? max(terms.lease, last?.lease ?? .zero) + terms.period : .zero, at: now)
            return
        }
        seen = record
        let next = LeaseRecord(
            holder: terms.me, epoch: record.epoch + 1, lease: terms.lease, position: record.position)
        // Our own is of an earlier life: that has ended, since the directory has one owner. If we have held it since, somebody has a
        // copy of the directory, and waits as anybody else does.
        guard let holder = record.holder, holder.directory != terms.me.directory || hasHeld else {
            if record.holder == nil, let given, given.epoch == record.epoch, now < given.until { return }
            claims(next, after: .zero, at: now)
            return
        }
        claims(next, after: max(terms.lease, record.lease) + terms.period, at: now)
    }

    /// Takes it, once the revision has stood still for so long.
    private mutating func claims(_ record: LeaseRecord, after wait: Duration, at now: Duration) {
        let ripe = (stillSince ?? now) + wait
        if now >= ripe { claim(record, regains: false, at: now) } else { due = min(due, ripe) }
    }

    private mutating func claim(_ record: LeaseRecord, regains: Bool, at now: Duration) {
        intended = (record, regains)
        due = now
    }
}
