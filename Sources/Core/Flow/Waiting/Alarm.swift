import Locking
import Supervision

/// Notifies at a given time; if the process has not run meanwhile, perhaps somewhat earlier.
final class Alarm {
    private enum Pending {
        case call(SharedAlarm.Call)
        case task(Task<Void, Never>)

        func cancel() {
            switch self {
            case .call(let call): call.cancel()
            case .task(let task): task.cancel()
            }
        }
    }

    private let notify: Notify
    private let runtime: SupervisionRuntime
    private var deadline = Duration.zero
    private var pending: Pending?

    package init(_ notify: Notify, runtime: SupervisionRuntime) {
        self.notify = notify
        self.runtime = runtime
    }

    deinit { pending?.cancel() }

    /// Sets the alarm; one that is set for an earlier time stays.
    package func set(_ deadline: Duration) {
        if let pending {
            if self.deadline <= deadline, self.deadline > runtime.now { return }
            pending.cancel()
        }
        self.deadline = deadline
        if let call = runtime.call(at: deadline, { [notify] in notify.notify() }) {
            pending = .call(call)
            return
        }
        let task = runtime.spawn { [notify, runtime] in
            try? await runtime.sleep(until: deadline)
            if !Task.isCancelled { notify.notify() }
        }
        pending = .task(task)
    }
}
