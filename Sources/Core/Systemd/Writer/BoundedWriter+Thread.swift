import Dispatch
import Synchronization

/// The thread's side of a writer.
extension BoundedWriter {
    /// Hands batches to the sink until told to end; returns how it ended, after the state has booked it.
    func drain(_ first: Interruption) -> Result<Void, any Error> {
        var interruption = first
        let end = drainUntilEnd(&interruption)
        let last = interruption
        settle(state.withLock { $0.endLife(last) })
        return end
    }

    private func drainUntilEnd(_ interruption: inout Interruption) -> Result<Void, any Error> {
        while true {
            let me = interruption
            let step = state.withLock {
                $0.next(me, limits: (limits.batch, limits.bytes), report: onDropsEnded)
            }
            switch step {
            case .sleep:
                alarm.wait()
            case .write(let records):
                let result = sink.write(records, until: me)
                let (wakeUps, end) = state.withLock { $0.settle(me, count: records.count, result) }
                settle(wakeUps)
                if let end { return end }
            case .renew(let fresh):
                interruption = fresh
            case .end(let end):
                return end
            }
        }
    }

    /// Wakes callers; never under the lock.
    func settle(_ wakeUps: WriterWakeUps) {
        for (waiter, untaken) in wakeUps.writers { waiter.resume(returning: untaken) }
        for waiter in wakeUps.others { waiter.resume() }
    }
}
