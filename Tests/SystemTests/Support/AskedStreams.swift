import Locking

/// Remembers which streams have been asked for.
final class AskedStreams: Sendable {
    private let names = Locked<Set<String>>([])

    func isFirst(_ name: String) -> Bool { names.withLock { $0.insert(name).inserted } }
}
