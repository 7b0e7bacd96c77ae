import Synchronization

/// Where tasks wait until all are let go.
final class WaitingRoom: Sendable {
    private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])

    init(capacity: Int) {
        waiting.withLock { $0.reserveCapacity(capacity) }
    }

    var count: Int { waiting.withLock(\.count) }

    func add(_ continuation: CheckedContinuation<Void, Never>) {
        waiting.withLock { $0.append(continuation) }
    }

    func resumeAll() {
        for continuation in waiting.withLock({ $0 }) { continuation.resume() }
    }
}
