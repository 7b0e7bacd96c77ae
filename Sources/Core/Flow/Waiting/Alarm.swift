import Supervision

/// Rings a bell at a given time.
final class Alarm {
    private let bell: Bell
    private let runtime: SupervisionRuntime
    private var pending: (deadline: Duration, task: Task<Void, Never>)?

    init(_ bell: Bell, runtime: SupervisionRuntime) {
        self.bell = bell
        self.runtime = runtime
    }

    deinit { pending?.task.cancel() }

    /// Sets the alarm; one that is set for an earlier time stays.
    func set(_ deadline: Duration) {
        if let pending {
            if pending.deadline <= deadline, pending.deadline > runtime.now { return }
            pending.task.cancel()
        }
        let task = runtime.spawn { [bell, runtime] in
            try? await runtime.sleep(until: deadline)
            if !Task.isCancelled { bell.ring() }
        }
        pending = (deadline, task)
    }
}
