import Locking
import Supervision

/// The sources that are told what becomes of their messages, by numbers of which no two are the same.
final class Recipients: Sendable {
    private struct State {
        var begun: UInt64 = 0
        var sources: [UInt64: any Source] = [:]
        /// How many calls are under way.
        var calls = 0
        /// Who waits until there are none.
        var waiters: [OneShot<Bool>] = []
    }

    /// A call that takes longer hangs.
    private static let patience = Duration.seconds(2)

    private let state = Locked(State())

    /// A source begins. Returns its number; 0: it wants to be told nothing.
    func begin(_ source: any Source) -> UInt64 {
        guard source.wantsNotices else { return 0 }
        return state.withLock { state in
            state.begun += 1
            state.sources[state.begun] = source
            return state.begun
        }
    }

    /// The source of that name is told nothing any more once this has returned.
    func end(of name: String, runtime: SupervisionRuntime) async {
        let isQuiet = OneShot<Bool>()
        let waits = state.withLock { state in
            let count = state.sources.count
            state.sources = state.sources.filter { $0.value.name != name }
            guard state.sources.count < count, state.calls > 0 else { return false }
            state.waiters.append(isQuiet)
            return true
        }
        if waits { _ = await runtime.wait(until: runtime.now + Self.patience, for: isQuiet) }
    }

    /// Tells a source, unless it has ended.
    func tell(_ pending: PendingNotices) {
        let source = state.withLock { state in
            let source = state.sources[pending.recipient]
            if source != nil { state.calls += 1 }
            return source
        }
        guard let source else { return }
        source.settled(pending.notices)
        let waiters = state.withLock { state in
            state.calls -= 1
            guard state.calls == 0 else { return [OneShot<Bool>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resolve(true) }
    }
}
