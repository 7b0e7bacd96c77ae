public import NIOCore

/// Where a stream goes on. The books know that, and not the connection: they outlive it.
extension StreamIntake {
    /// The IDs to ask the server with, the most wanted first: that of the last run of events that is closed, and, should the
    /// server refuse it, that of the run which may go on. None, or an empty one: without an ID.
    ///
    /// Waits until what was brought before has been admitted.
    ///
    /// - Throws: `CancellationError`, also when the receiver has been replaced or the tree has ended.
    public func resumptionIDs() async throws -> [ByteBuffer] {
        try await intake.bring([], of: stream.index, by: incarnation, receivedAt: runtime.now)
        return ledger.withLock { $0.streams[stream.index].runs.candidates }
    }

    /// Notes that a connection is open that was asked for with `id` (empty: without one), after the server had refused
    /// others: what it sends of the run that may go on is recognised if it came before.
    public func connected(after id: ByteBuffer, refused: [ByteBuffer] = []) {
        intake.connected(stream.index, by: incarnation, after: id, refused: refused)
    }

    /// The same two in one step, for a source that no server refuses. Returns the ID; empty: from now, or from the
    /// beginning.
    public func resume() async throws -> ByteBuffer {
        let id = try await resumptionIDs().first ?? ByteBuffer()
        connected(after: id)
        return id
    }
}

extension Intake {
    fileprivate func connected(_ stream: Int, by incarnation: UInt64, after id: ByteBuffer, refused: [ByteBuffer]) {
        state.withLock { state in
            guard state.streams[stream].incarnation == incarnation else { return }
            ledger.withLock { $0.opened(stream, after: id, refused: refused) }
        }
    }
}

extension StreamLedger {
    /// What a status says about the position.
    func show(in status: inout StreamStatus) {
        status.lastEventID = lastAdmittedID.shown
        status.position = runs.position.readableBytes > 0 ? runs.position.shown : nil
        // To what was counted under the name before.
        status.repeated += repeated
        status.refusedPositions += refusals
        status.possibleGaps += runs.losses
    }
}
