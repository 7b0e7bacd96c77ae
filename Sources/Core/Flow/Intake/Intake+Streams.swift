import Ledger
import NIOCore

/// Streams that come and go while messages flow.
///
/// Places in the tables that are kept per stream never move: messages in process carry them. A stream that goes keeps its
/// place until nothing of it is left, and only then another one may have it.
extension Intake {
    /// The places of the living streams by their names, in the order of the configuration, with what they come from.
    package var places: [(name: String, source: ShortHash?, place: Int)] {
        state.withLock { state in
            ledger.withLock { ledger in
                state.order.map { (state.streams[$0].status.name, ledger.streams[$0].source, $0) }
            }
        }
    }

    /// A change of the streams begins: until it ends no place becomes free, so what it read of a stream that is about to leave
    /// stays true.
    package func beginChange() { state.withLock { $0.changes += 1 } }

    /// A change of the streams has ended.
    package func endChange() { state.withLock { $0.changes -= 1 } }

    /// Takes a stream out of service. What it brought is admitted and worked on; its receiver, which has been stopped
    /// before, is heard no more.
    package func retire(_ place: Int) {
        state.withLock { state in ledger.withLock { state.retire(place, in: &$0) } }
        flowNotify.notify()
    }

    /// Takes a stream into service. One of the same name and identity that is about to leave comes back instead, and
    /// goes on where it was; else it begins after the checkpoint, if there is one.
    ///
    /// - Parameters:
    ///   - recipient: the source's number, if it is told what becomes of its messages.
    ///   - now: the time in the world since the tree began; the stream is down since then.
    package func begin(
        _ source: any Source, after checkpoint: Checkpoint?, recipient: UInt64, at now: Duration
    ) -> StreamName {
        state.withLock { state in
            ledger.withLock { state.begin(source, after: checkpoint, recipient: recipient, at: now, in: &$0) }
        }
    }

    /// Takes a stream out of service for another one of its name, which begins anew: the old one's checkpoints are nobody's. What
    /// holds the one, a pause or a drain, holds the other from the same moment on.
    package func replace(_ place: Int, with source: any Source, recipient: UInt64, at now: Duration) -> StreamName {
        let stream = state.withLock { state in
            ledger.withLock { ledger in
                let (pause, isStoodDown) = (state.streams[place].pause, state.streams[place].isStoodDown)
                state.retire(place, in: &ledger)
                ledger.streams[place].supersede()
                let stream = state.begin(source, after: nil, recipient: recipient, at: now, in: &ledger)
                state.hold(stream.index) { stream in
                    stream.pause = pause
                    stream.isStoodDown = isStoodDown
                }
                return stream
            }
        }
        flowNotify.notify()
        return stream
    }

    /// Whether the server has told a stream to stop, or has come to its end: then it is not asked again.
    package func hasEnded(_ place: Int) -> Bool {
        state.withLock { [.failed, .finished].contains($0.streams[place].status.state) }
    }

    /// The stream's receiver has been stopped, to begin anew: it is heard no more.
    ///
    /// - Parameters:
    ///   - source: the one that it begins with, if it is another one.
    ///   - recipient: the number of that one, if it is told what becomes of its messages.
    ///   - now: the time in the world since the tree began.
    package func renew(_ place: Int, as source: (any Source)? = nil, recipient: UInt64 = 0, at now: Duration) {
        state.withLock { state in
            state.streams[place].incarnation = 0
            state.streams[place].status.renew(at: now)
            guard let source else { return }
            state.streams[place].status.location = source.location
            ledger.withLock { ledger in
                ledger.goOn(place, from: source)
                ledger.streams[place].notices = PendingNotices(to: recipient)
            }
        }
    }

    /// An operator sets the position of a stream whose receiver has been stopped. What it brought before is worked on, and
    /// moves the position no more.
    package func setPosition(_ place: Int, to position: ByteBuffer, at now: Duration) {
        state.withLock { state in
            state.streams[place].incarnation = 0
            state.streams[place].status.renew(at: now)
            state.queue.detach(place)
            ledger.withLock { $0.streams[place].set(position) }
        }
    }

    /// Divides the window among the streams that there are, those that are about to leave included, and puts the living ones
    /// in this order.
    package func divide(_ limits: LedgerLimits, order names: [String]) {
        let rank = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        state.withLock { state in
            let ranked = state.order.map { ($0, rank[state.streams[$0].status.name, default: .max]) }
            state.order = ranked.sorted { $0.1 < $1.1 }.map(\.0)
        }
        divide(limits)
    }

    /// Divides the window among the streams that there are, those that are about to leave included.
    package func divide(_ limits: LedgerLimits) {
        state.withLock { state in
            let count = state.streams.count { $0.phase != .free }
            ledger.withLock { $0.window.divide(limits, among: count) }
        }
        flowNotify.notify()
    }
}

extension Intake.State {
    fileprivate mutating func retire(_ place: Int, in ledger: inout Ledger) {
        order.removeAll { $0 == place }
        var status = streams[place].status
        ledger.streams[place].show(in: &status)
        removed.keep(status)
        ledger.streams[place].notices = PendingNotices()
        let isStoodDown = isStoodDown
        hold(place) { stream in
            stream.phase = .retired
            stream.incarnation = 0
            stream.wait = nil
            // Nobody could resume it. A drain is for all.
            stream.pause = nil
            stream.isStoodDown = isStoodDown
        }
    }

    fileprivate mutating func begin(
        _ source: any Source, after checkpoint: Checkpoint?, recipient: UInt64, at now: Duration,
        in ledger: inout Ledger
    ) -> StreamName {
        let (name, location, policy) = (source.name, source.location, source.positions)
        var status = StreamStatus(name: name, location: location)
        (status.since, status.overdueSince) = (now, now)
        if let place = ledger.index(of: name), streams[place].phase == .retired {
            let hashes = [source.identity, source.fullIdentity].map { ledger.hash(source: $0) }
            if hashes.contains(where: { $0 == ledger.streams[place].source }) {
                streams[place].phase = .living
                removed.forget(name)
                streams[place].status.renew(at: now)
                streams[place].status.location = location
                ledger.goOn(place, from: source)
                ledger.streams[place].notices = PendingNotices(to: recipient)
                enlist(place)
                return ledger.streams[place].name
            }
            ledger.streams[place].supersede()
        }
        removed.resume(&status)
        let place = streams.firstIndex { $0.phase == .free } ?? streams.count
        let stream = StreamName(name: name, index: place)
        ledger.begin(StreamLedger(name: stream, location: location, policy: policy))
        ledger.identify(place, as: source)
        ledger.streams[place].notices = PendingNotices(to: recipient)
        if let checkpoint {
            ledger.resume(place, after: checkpoint)
            // Since it was read, what was on its way for another stream of the name may have taken its place.
            ledger.streams[place].forgetStored()
        }
        if place == streams.count {
            streams.append(IntakeStream(status: status))
            queue.addStream()
        } else {
            streams[place] = IntakeStream(status: status)
        }
        enlist(place)
        return ledger.streams[place].name
    }

    /// Frees the places of streams that nothing is left of, and gives their parts of the window to the others.
    mutating func reclaim(in ledger: inout Ledger) {
        guard changes == 0 else { return }
        let spent = streams.indices.filter { place in
            streams[place].phase == .retired && queue.isEmpty(place) && ledger.isSpent(place)
        }
        guard !spent.isEmpty else { return }
        for place in spent {
            streams[place].phase = .free
            release(place)
            // A name that nothing belongs to any more is not to be found here.
            ledger.streams[place].supersede()
        }
        ledger.window.divide(ledger.window.limits, among: streams.count { $0.phase != .free })
    }

    /// Puts a stream among the living, at rest if all are.
    private mutating func enlist(_ place: Int) {
        order.append(place)
        let isStoodDown = isStoodDown
        hold(place) { $0.isStoodDown = isStoodDown }
    }
}
