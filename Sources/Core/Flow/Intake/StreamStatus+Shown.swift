import Ledger

// A stream's status as somebody who looks at it sees it.
extension StreamStatus {
    /// With what an operator has done to it.
    func shown(isHeld: Bool, until pause: IntakeStream.Pause?) -> StreamStatus {
        var status = self
        status.isDown = ![.open, .finished, .standby].contains(state)
        guard isHeld else { return status }
        // That the server told it to stop, or has come to its end, does not go away with the pause.
        if ![.failed, .finished, .standby].contains(state) { status.state = .paused }
        if case .time(let end) = pause { status.pausedUntil = end }
        return status
    }

    /// With what depends on the moment of the look.
    ///
    /// - Parameter time: since when the present state lasts, by the wall clock.
    package func shown(at now: Duration, since time: Int64) -> StreamStatus {
        var status = self
        status.pausedFor = pausedUntil.map { max($0 - now, .zero) }
        status.sinceTime = time
        status.downFor = isDown ? max(now - since, .zero) : nil
        status.overdueFor = isDown ? max(now - overdueSince, .zero) : nil
        status.nextAttemptIn = isDown ? nextAttemptAt.map { max($0 - now, .zero) } : nil
        return status
    }
}

extension StreamLedger {
    /// What a status says about the position.
    package func show(in status: inout StreamStatus) {
        status.lastEventID = lastAdmittedID.shown
        status.position = runs.position.readableBytes > 0 ? runs.position.shown : nil
        // To what was counted under the name before.
        status.repeated += repeated
        status.filtered += filtered
        status.refusedPositions += refusals
        status.possibleGaps += runs.losses
    }
}
