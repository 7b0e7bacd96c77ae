import NIOCore

/// Streams that come and go while messages flow.
///
/// Places in the tables that are kept per stream never move: messages in process carry them. A stream that goes keeps its
/// place until nothing of it is left, and only then another one may have it.
extension Intake {
    /// The places of the living streams by their names, in the order of the configuration, with what they come from.
    var places: [(name: String, source: ShortHash?, place: Int)] {
        state.withLock { state in
            ledger.withLock { ledger in
                state.order.map { (state.streams[$0].status.name, ledger.streams[$0].source, $0) }
            }
        }
    }

    /// Takes a stream out of service. What it brought is admitted and worked on; its receiver, which has been stopped
    /// before, is heard no more.
    ///
    /// - Parameter isSuperseded: whether another stream takes its name, so that its checkpoints are nobody's.
    func retire(_ place: Int, isSuperseded: Bool) {
        state.withLock { state in
            state.streams[place].phase = .retired
            state.streams[place].incarnation = 0
            state.streams[place].wait = nil
            state.order.removeAll { $0 == place }
            var status = state.streams[place].status
            ledger.withLock { $0.streams[place].show(in: &status) }
            state.removed.keep(status)
            // Nobody could resume it.
            state.pause(place, state.isDrained ? .resumed : nil)
            if isSuperseded { ledger.withLock { $0.streams[place].supersede() } }
        }
        bell.ring()
    }

    /// Takes a stream into service. One of the same name and identity that is about to leave comes back instead, and
    /// goes on where it was; else it begins after the checkpoint, if there is one.
    func begin(
        _ source: any Source, after checkpoint: Checkpoint?, pause: IntakeStream.Pause? = nil
    ) -> StreamName {
        let (name, location, policy) = (source.name, source.location, source.positions)
        return state.withLock { state in
            ledger.withLock { ledger in
                var status = StreamStatus(name: name, location: location)
                if let place = ledger.index(of: name), state.streams[place].phase == .retired {
                    if ledger.streams[place].source == ledger.hash(source: source.identity) {
                        state.streams[place].phase = .living
                        state.removed.forget(name)
                        state.streams[place].status.renew()
                        state.streams[place].status.location = location
                        ledger.streams[place].runs.maximumIDBytes = policy.maximumIDBytes
                        state.settle(place, pause)
                        return ledger.streams[place].name
                    }
                    ledger.streams[place].supersede()
                }
                state.removed.resume(&status)
                let place = state.streams.firstIndex { $0.phase == .free } ?? state.streams.count
                let stream = StreamName(name: name, index: place)
                ledger.begin(StreamLedger(name: stream, location: location, policy: policy))
                ledger.identify(place, as: source.identity)
                if let checkpoint { ledger.resume(place, after: checkpoint) }
                if place == state.streams.count {
                    state.streams.append(IntakeStream(status: status))
                    state.queue.addStream()
                } else {
                    state.streams[place] = IntakeStream(status: status)
                }
                state.settle(place, pause)
                return ledger.streams[place].name
            }
        }
    }

    /// Until when a stream is paused, if it is.
    func pause(of place: Int) -> IntakeStream.Pause? { state.withLock { $0.streams[place].pause } }

    /// Whether the server has told a stream to stop.
    func hasFailed(_ place: Int) -> Bool { state.withLock { $0.streams[place].status.state == .failed } }

    /// The stream's receiver has been stopped, to begin anew: it is heard no more.
    ///
    /// - Parameter source: the one that it begins with, if it is another one.
    func renew(_ place: Int, as source: (any Source)? = nil) {
        state.withLock { state in
            state.streams[place].incarnation = 0
            state.streams[place].status.renew()
            guard let source else { return }
            state.streams[place].status.location = source.location
            ledger.withLock { $0.streams[place].runs.maximumIDBytes = source.positions.maximumIDBytes }
        }
    }

    /// An operator sets the position of a stream whose receiver has been stopped. What it brought before is worked on, and
    /// moves the position no more.
    func setPosition(_ place: Int, to position: ByteBuffer) {
        state.withLock { state in
            state.streams[place].incarnation = 0
            state.streams[place].status.renew()
            state.queue.detach(place)
            ledger.withLock { $0.streams[place].set(position) }
        }
    }

    /// Divides the window among the streams that there are, those that are about to leave included, and puts the living ones
    /// in this order.
    func divide(_ limits: LedgerLimits, order names: [String]) {
        state.withLock { state in
            let rank = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            state.order.sort { left, right in
                rank[state.streams[left].status.name, default: .max]
                    < rank[state.streams[right].status.name, default: .max]
            }
            let count = state.streams.count { $0.phase != .free }
            ledger.withLock { $0.window.divide(limits, among: count) }
        }
        bell.ring()
    }

    /// Frees the places of streams that nothing is left of, and gives their parts of the window to the others.
    func reclaim() {
        state.withLock { state in
            let retired = state.streams.indices.filter { state.streams[$0].phase == .retired }
            guard !retired.isEmpty else { return }
            ledger.withLock { ledger in
                let spent = retired.filter { state.queue.isEmpty($0) && ledger.isSpent($0) }
                guard !spent.isEmpty else { return }
                for place in spent {
                    state.streams[place].phase = .free
                    state.pause(place, nil)
                    // A name that nothing belongs to any more is not to be found here.
                    ledger.streams[place].supersede()
                }
                ledger.window.divide(ledger.window.limits, among: state.streams.count { $0.phase != .free })
            }
        }
    }
}

extension Intake.State {
    /// Puts a stream among the living, paused if it was, or if all are.
    fileprivate mutating func settle(_ place: Int, _ pause: IntakeStream.Pause?) {
        order.append(place)
        self.pause(place, pause ?? (isDrained ? .resumed : nil))
    }
}
