import Locking

/// Values one after another: given out from the front, the last one again and again; or noted down.
final class Script<Value: Sendable>: Sendable {
    private let values: Locked<[Value]>

    init(_ values: [Value] = []) {
        self.values = Locked(values)
    }

    var all: [Value] { values.withLock { $0 } }
    var isAtLast: Bool { values.withLock { $0.count <= 1 } }

    func next() -> Value? {
        values.withLock { $0.count > 1 ? $0.removeFirst() : $0.first }
    }

    func note(_ value: Value) {
        values.withLock { $0.append(value) }
    }
}
