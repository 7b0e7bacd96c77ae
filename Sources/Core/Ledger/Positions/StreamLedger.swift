import DequeModule
internal import Locking
import NIOCore

/// The books on one stream: how far it is admitted, how far it is settled without a gap, and what of it may come again.
package struct StreamLedger {
    /// Among all streams of this life: a name and a place may belong to several in turn.
    package var number: UInt64 = 0
    package private(set) var name: StreamName
    /// Where it comes from, for people.
    package let location: String?
    /// What its ids mean something to, as it may be stored.
    package private(set) var source: ShortHash?
    /// A hash of that which every daemon can make.
    package var origin: String? { lazyOrigin?.value }
    private var lazyOrigin: Lazily<String>?
    /// When it was taken from another daemon: what is known of it holds in this tenure. 0: daemons do not take it from one another.
    package private(set) var tenure: UInt64 = 0
    /// Whether its name belongs to another place now. Then its checkpoints are nobody's.
    private(set) var isSuperseded = false
    /// How many messages were admitted in this life.
    package private(set) var admitted: UInt64 = 0
    /// The runs of its ids, and the position.
    package var runs = Runs()
    /// The settled events of the open run.
    var tail = Tail()
    /// While the server may send the open run again; nil otherwise.
    var resend: Resend?
    /// Events that came again and were recognised.
    package var repeated: UInt64 = 0
    /// Messages that a filter did not let pass.
    package var filtered: UInt64 = 0
    /// Connections that were open only after the server had refused a position.
    package var refusals: UInt64 = 0

    /// What its source is to be told.
    package var notices = PendingNotices()

    /// Whether each message after the longest settled prefix is settled, in order.
    private var afterPrefix: Deque<Bool> = []
    /// The id that it begins after while it has no position.
    private var initialID: ByteBuffer
    /// Whether it has or had a position that it was not configured with, or anything came.
    private var isBegun: Bool { isResumed || mark != 0 || runs.open != nil || runs.position != initialID }
    private var isResumed = false
    /// How often the tail has changed, or the source that it is stored with.
    private var tailChanges: UInt64 = 0
    private var storedMark: UInt64 = 0

    package init(name: StreamName, location: String? = nil, policy: PositionPolicy = PositionPolicy()) {
        self.name = name
        self.location = location
        initialID = policy.initialEventID
        runs.maximumIDBytes = policy.maximumIDBytes
        runs.resume(after: initialID)
    }

    /// From the first unsettled message to the last admitted one.
    package var span: Int { afterPrefix.count }

    /// The last id that was committed, here or in an earlier life.
    package var lastAdmittedID: ByteBuffer { runs.open?.id ?? runs.resumption }

    /// Whether an event may be one that came before.
    var mayRepeat: Bool { if case .some = resend { true } else { false } }

    /// Whether there is something to be stored.
    var isUnstored: Bool { mark != storedMark && !isSuperseded }

    package mutating func supersede() { isSuperseded = true }

    // MARK: - Where it goes on

    /// What it is, now that the secret is known.
    package mutating func identify(
        source: ShortHash, location: @escaping @Sendable () -> [UInt8], life: [UInt8]
    ) {
        self.source = source
        lazyOrigin = Lazily { ShortHash(of: location()).hex }
        name = StreamName(
            name: name.name, index: name.index,
            origin: EventOrigin(stream: name.name, location: location, life: life))
    }

    /// Goes on from what an earlier life has stored.
    package mutating func resume(after checkpoint: Checkpoint) {
        let run = checkpoint.openRun.flatMap { run in Tail.read(run.events).map { (run.lastEventID, $0) } }
        tail.removeAll()
        if let (id, (tail, known)) = run {
            self.tail = tail
            runs.resume(after: checkpoint.lastEventID, open: Runs.Open(id: id, known: known, isSeen: false))
        } else {
            // A stream without any position begins where it is configured to.
            let isNone = checkpoint.lastEventID.readableBytes == 0
            runs.resume(after: isNone ? initialID : checkpoint.lastEventID)
            if isNone { return }
        }
        isResumed = true
        // Stored before there were hashes of sources, or under another one: it is to be stored anew.
        if checkpoint.source != source.map({ ByteBuffer(bytes: $0.bytes) }) { storeAnew() }
    }

    /// What is stored of it belongs to another source: it is to be stored again, also by who is just storing it.
    mutating func storeAnew() {
        if isBegun { tailChanges += 1 }
    }

    /// Its position is kept in another way from now on. What it begins after while it has none holds at once if nothing has
    /// come yet, and else when the position is forgotten.
    package mutating func apply(_ policy: PositionPolicy) {
        runs.maximumIDBytes = policy.maximumIDBytes
        let isBegun = isBegun
        initialID = policy.initialEventID
        if !isBegun { runs.resume(after: initialID) }
    }

    /// An operator sets the position, or forgets it (empty). What was admitted before is worked on, and moves nothing.
    package mutating func set(_ position: ByteBuffer) {
        runs.set(position.readableBytes > 0 ? position : initialID)
        tail.removeAll()
        resend = nil
    }

    /// It was taken from another daemon.
    ///
    /// - Parameters:
    ///   - checkpoint: where that one got to; nil: nowhere.
    ///   - anew: whether it goes on from there, and not from what is known here. What was admitted before moves nothing any more.
    package mutating func takeOver(_ tenure: UInt64, after checkpoint: Checkpoint?, anew: Bool) {
        if anew {
            set(ByteBuffer())
            if let checkpoint { resume(after: checkpoint) }
        }
        self.tenure = tenure
        storeAnew()
    }

    // MARK: - What comes and what is settled

    /// Admits an event that is not ``Novelty/repeated``. Returns its place among the messages of the stream, and in its run.
    mutating func admit(_ event: Event, _ novelty: Novelty) -> (ordinal: UInt64, run: UInt64, runOrdinal: UInt64) {
        let ordinal: UInt64
        switch novelty {
        case .unknown(let known):
            ordinal = known
            stepResend()
        case .greeting:
            // No one can say which event of its id it is.
            ordinal = 0
        case .new, .repeated:
            resend = nil
            commit(event.knownID)
            ordinal = runs.dispatch()
        }
        runs.admit()
        admitted += 1
        afterPrefix.append(false)
        return (admitted, runs.openNumber, event.idBytes > 0 ? ordinal : 0)
    }

    /// Takes a commit that is no event.
    package mutating func take(_ commit: EventCommit) {
        if let resend, let open = runs.open {
            if commit.id == open.id {
                if commit.isSkippedEvent, resend.next <= open.known { return stepResend() }
                runs.see()
            } else if !resend.hasBegun, commit.id == resend.asked {
                return
            }
        }
        self.commit(commit.id)
        if commit.isSkippedEvent {
            _ = runs.dispatch()
            if resend != nil { stepResend() }
        }
    }

    /// Takes events that were filtered. Returns how many of them had not been here before.
    mutating func take(_ filtered: FilteredEvents, _ hash: KeyedHash, in slots: [Slot]) -> Int {
        var count = 0
        for index in 0..<filtered.count {
            let event = index < filtered.events.count ? filtered.events[index] : nil
            // What has a receipt is waited for by its source, whatever it resembles.
            let novelty = filtered.receipts.isEmpty ? novelty(of: event, filtered.id, hash, in: slots) : .new
            var ordinal: UInt64 = 0
            switch novelty {
            case .repeated:
                takeRepeated()
                continue
            case .unknown(let known):
                ordinal = known
                stepResend()
            case .greeting: break
            case .new:
                resend = nil
                commit(filtered.id)
                ordinal = runs.dispatch()
            }
            count += 1
            guard let event, ordinal > 0, filtered.id.readableBytes > 0 else { continue }
            // Behind runs that are not settled it is not stored.
            if tail.settle(event, ordinal: ordinal, hash), runs.isOpenNext { tailChanges += 1 }
        }
        return count
    }

    private mutating func commit(_ id: ByteBuffer?) {
        guard runs.commit(id) else { return }
        tail.removeAll()
        resend = nil
    }

    package mutating func settle(_ message: Message, _ hash: KeyedHash) {
        // What was on its way when an operator set the position.
        guard message.ordinal > 0 else { return }
        let first = admitted - UInt64(afterPrefix.count) + 1
        afterPrefix[Int(message.ordinal - first)] = true
        while afterPrefix.first == true { afterPrefix.removeFirst() }
        let wasOpenNext = runs.isOpenNext
        guard runs.settle(message.run), message.runOrdinal > 0 else {
            // The tail is to be stored from now on, also when the position is what it was.
            if !wasOpenNext, runs.isOpenNext, !tail.isEmpty { tailChanges += 1 }
            return
        }
        if resend?.held[message.runOrdinal] != nil { resend?.held[message.runOrdinal] = .hash(hash(message.event)) }
        // Behind runs that are not settled it is not stored.
        if tail.settle(message.event, ordinal: message.runOrdinal, hash), runs.isOpenNext { tailChanges += 1 }
    }

    // MARK: - What is stored of it

    /// Frees memory that is held for a few bytes only.
    package mutating func compact(_ hash: KeyedHash) {
        runs.compact()
        tail.hashKept(hash)
    }

    package func checkpoint(_ hash: KeyedHash) -> Checkpoint {
        var checkpoint = Checkpoint(stream: name.name, lastEventID: runs.position, location: location)
        checkpoint.source = source.map { ByteBuffer(bytes: $0.bytes) }
        if tenure > 0 { (checkpoint.tenure, checkpoint.origin) = (tenure, origin) }
        // Behind runs that are not settled the tail would not be looked at: those come first.
        if let open = runs.open, runs.isOpenNext, !tail.isEmpty, open.id.readableBytes <= runs.maximumIDBytes {
            checkpoint.openRun = OpenRun(
                lastEventID: open.id, events: tail.stored(known: open.known, hash))
        }
        return checkpoint
    }

    /// Stands for the present state of what is stored of it.
    var mark: UInt64 { runs.moves + tailChanges }

    package mutating func stored(_ mark: UInt64) { storedMark = mark }

    /// What was stored is gone.
    package mutating func forgetStored() {
        // No state has this mark.
        if runs.position.readableBytes > 0 || !tail.isEmpty { storedMark = .max }
    }
}
