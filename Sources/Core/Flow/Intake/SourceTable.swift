import Ledger
import Locking
import Supervision

/// The sources of the streams that there are, and those that are told what becomes of their messages, by numbers of which no two
/// are the same.
package final class SourceTable: Sendable {
    private struct State {
        var present: [String: any Source]
        /// The filters of those that went last, or have another one in their place: their receivers bring something until they
        /// have been stopped.
        var former: [String: EventFilter?] = [:]
        var begun: UInt64 = 0
        var recipients: [UInt64: any Source] = [:]
        /// How many calls are under way.
        var calls = 0
        /// Who waits until there are none.
        var waiters: [OneShot<Bool>] = []
    }

    /// A call that takes longer hangs.
    private static let patience = Duration.seconds(2)

    private let state: Locked<State>

    /// - Parameter sources: their names are unique.
    init(_ sources: [any Source]) {
        state = Locked(State(present: Self.named(sources)))
    }

    /// The streams at present, by their names.
    package var present: [String: any Source] { state.withLock(\.present) }

    /// The filter of a stream at present.
    func filter(of name: String) -> EventFilter? {
        state.withLock { state in
            if let former = state.former[name] { former } else { state.present[name]?.filter }
        }
    }

    /// There are these streams from now on. Returns those that there were, by their names.
    ///
    /// - Parameter replaced: the names of those that are others than those of their names were.
    package func replace(with sources: [any Source], replaced: Set<String> = []) -> [String: any Source] {
        let new = Self.named(sources)
        return state.withLock { state in
            defer { state.present = new }
            state.former = state.present.filter { new[$0.key] == nil || replaced.contains($0.key) }.mapValues(\.filter)
            return state.present
        }
    }

    /// What a stream's former source has brought is all there: from now on its present filter holds.
    package func endFormer(of name: String) { state.withLock { _ = $0.former.removeValue(forKey: name) } }

    private static func named(_ sources: [any Source]) -> [String: any Source] {
        Dictionary(sources.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// A source begins. Returns its number; 0: it wants to be told nothing.
    package func begin(_ source: any Source) -> UInt64 {
        guard source.wantsNotices else { return 0 }
        return state.withLock { state in
            state.begun += 1
            state.recipients[state.begun] = source
            return state.begun
        }
    }

    /// The source of that name is told nothing any more once this has returned.
    package func end(of name: String, runtime: SupervisionRuntime) async {
        let isQuiet = OneShot<Bool>()
        let waits = state.withLock { state in
            let count = state.recipients.count
            state.recipients = state.recipients.filter { $0.value.name != name }
            guard state.recipients.count < count, state.calls > 0 else { return false }
            state.waiters.append(isQuiet)
            return true
        }
        if waits { _ = await runtime.wait(until: runtime.now + Self.patience, for: isQuiet) }
    }

    /// Tells a source, unless it has ended.
    func tell(_ pending: PendingNotices) {
        let source = state.withLock { state in
            let source = state.recipients[pending.recipient]
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
