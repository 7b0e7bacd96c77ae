/// Streams that come and go while messages flow.
///
/// Places in the tables that are kept per stream never move: messages in process carry them. A stream that goes keeps its
/// place until nothing of it is left, and only then another one may have it.
extension Intake {
    /// The places of the living streams by their names, in the order of the configuration.
    var places: [(name: String, location: String, place: Int)] {
        state.withLock { state in
            state.order.map { (state.streams[$0].status.name, state.streams[$0].status.location, $0) }
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
            // Nobody could resume it.
            state.pause(place, state.isDrained ? .resumed : nil)
            if isSuperseded { ledger.withLock { $0.streams[place].supersede() } }
        }
        bell.ring()
    }

    /// Takes a stream into service. One of the same name and location that is about to leave comes back instead, and
    /// goes on where it was; else it begins after the checkpoint, if there is one.
    func begin(
        _ name: String, location: String, after checkpoint: Checkpoint?, pause: IntakeStream.Pause? = nil
    ) -> StreamName {
        state.withLock { state in
            ledger.withLock { ledger in
                let status = StreamStatus(name: name, location: location)
                if let place = ledger.index(of: name), state.streams[place].phase == .retired {
                    if state.streams[place].status.location == location {
                        state.streams[place].phase = .living
                        state.streams[place].status.renew()
                        state.settle(place, pause)
                        return StreamName(name: name, index: place)
                    }
                    ledger.streams[place].supersede()
                }
                let place = state.streams.firstIndex { $0.phase == .free } ?? state.streams.count
                let stream = StreamName(name: name, index: place)
                ledger.begin(StreamLedger(name: stream, location: location))
                if let checkpoint { ledger.resume(place, after: checkpoint) }
                if place == state.streams.count {
                    state.streams.append(IntakeStream(status: status))
                    state.queue.addStream()
                } else {
                    state.streams[place] = IntakeStream(status: status)
                }
                state.settle(place, pause)
                return stream
            }
        }
    }

    /// Until when a stream is paused, if it is.
    func pause(of place: Int) -> IntakeStream.Pause? { state.withLock { $0.streams[place].pause } }

    /// Whether the server has told a stream to stop.
    func hasFailed(_ place: Int) -> Bool { state.withLock { $0.streams[place].status.state == .failed } }

    /// The stream's receiver has been stopped, to begin anew: it is heard no more.
    func renew(_ place: Int) {
        state.withLock { state in
            state.streams[place].incarnation = 0
            state.streams[place].status.renew()
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
