import Locking
import Supervision

/// Notifies at a given time.
final class Alarm {
    private let notify: Notify
    private let runtime: SupervisionRuntime
    private var pending: (deadline: Duration, task: Task<Void, Never>)?

    package init(_ notify: Notify, runtime: SupervisionRuntime) {
        self.notify = notify
        self.runtime = runtime
    }

    deinit { pending?.task.cancel() }

    /// Sets the alarm; one that is set for an earlier time stays.
    package func set(_ deadline: Duration) {
        if let pending {
            if pending.deadline <= deadline, pending.deadline > runtime.now { return }
            pending.task.cancel()
        }
        let task = runtime.spawn { [notify, runtime] in
            try? await runtime.sleep(until: deadline)
            if !Task.isCancelled { notify.notify() }
        }
        pending = (deadline, task)
    }
}
