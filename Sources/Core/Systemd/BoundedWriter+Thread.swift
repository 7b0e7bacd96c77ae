import Dispatch
import Synchronization

/// The thread's side of a writer.
extension BoundedWriter {
    /// Hands batches to the sink until told to end; returns how it ended, after the state has booked it.
    func drain(_ interruption: Interruption) -> Result<Void, any Error> {
        let end = drainUntilEnd(interruption)
        settle(state.withLock { $0.endLife(interruption) })
        return end
    }

    private func drainUntilEnd(_ interruption: Interruption) -> Result<Void, any Error> {
        while true {
            let step = state.withLock {
                $0.next(interruption, limits: (limits.batch, limits.bytes), report: onDropsEnded)
            }
            switch step {
            case .sleep:
                alarm.wait()
            case .wake(let wakeUps):
                settle(wakeUps)
            case .write(let records):
                let result = sink.write(records, until: interruption)
                let (wakeUps, end) = state.withLock { $0.settle(interruption, count: records.count, result) }
                settle(wakeUps)
                if let end { return end }
            case .end(let end):
                return end
            }
        }
    }

    /// Wakes callers; never under the lock.
    func settle(_ wakeUps: WriterWakeUps) {
        for (waiter, result) in wakeUps.writers { waiter.resume(with: result) }
        for waiter in wakeUps.others { waiter.resume() }
    }
}
