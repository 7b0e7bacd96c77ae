import Locking
import Supervision

extension SupervisionRuntime {
    /// Waits for `body`, but not longer than until `deadline`. What takes longer goes on by itself, and nobody waits for it.
    ///
    /// - Returns: whether it ended in time.
    package func wait(until deadline: Duration, for body: @escaping @Sendable () async -> Void) async -> Bool {
        let ended = OneShot<Bool>()
        spawn {
            await body()
            ended.resolve(true)
        }
        return await wait(until: deadline, for: ended)
    }

    /// Waits until somebody resolves `ended`; at `deadline` it is resolved with false.
    package func wait(until deadline: Duration, for ended: OneShot<Bool>) async -> Bool {
        let alarm = spawn {
            try? await sleep(until: deadline)
            if !Task.isCancelled { ended.resolve(false) }
        }
        defer { alarm.cancel() }
        return await ended.value
    }
}
