import Ledger

/// Streams that daemons take from one another.
extension Intake {
    /// A stream was taken from another daemon; see ``StreamLedger/takeOver(_:after:anew:)``. An incarnation that is not heard changes
    /// nothing.
    func takeOver(_ place: Int, by incarnation: UInt64, _ tenure: UInt64, after checkpoint: Checkpoint?, anew: Bool) {
        state.withLock { state in
            guard state.streams[place].incarnation == incarnation else { return }
            if anew, checkpoint?.lastEventID.readableBytes ?? 0 > 0 {
                state.queue.abandon(place)
            } else if anew {
                // Without an id to go on after nothing comes again.
                state.queue.detach(place)
            }
            ledger.withLock { $0.streams[place].takeOver(tenure, after: checkpoint, anew: anew) }
        }
    }

    /// Whether nothing of a stream waits or is in process, and all that is known of it is stored.
    func isSpent(_ place: Int) -> Bool {
        withLock { state, ledger in state.queue.isEmpty(place) && ledger.isSpent(place) }
    }
}

extension StreamIntake {
    /// The tenure in which what is known of the stream holds; 0: none.
    package var tenure: UInt64 { ledger.withLock { $0.streams[stream.index].tenure } }

    /// A hash of what the stream comes from that every daemon can make.
    package var eventOrigin: String? { ledger.withLock { $0.streams[stream.index].origin } }

    /// The stream was taken from another daemon.
    ///
    /// - Parameters:
    ///   - checkpoint: where that one got to; nil: nowhere.
    ///   - anew: whether it goes on from there, and not from what is known here.
    package func takeOver(_ tenure: UInt64, after checkpoint: Checkpoint?, anew: Bool) {
        intake.takeOver(stream.index, by: incarnation, tenure, after: checkpoint, anew: anew)
    }

    /// Whether nothing of the stream waits or is in process, and all that is known of it is stored.
    package var isSpent: Bool { intake.isSpent(stream.index) }

    /// Notes that another daemon reads the stream.
    package func standsBy() { report { $0.standsBy(at: runtime.elapsed) } }
}
