#if DEBUG
import Glibc
import NIOPosix
import Synchronization

/// A part of ptrd that is made to hang, for tests of the watchdog. Debug builds only: the environment variable
/// `PTRD_DEBUG_WEDGE` names the part, and it hangs from two seconds after the start.
///
/// - `flow_manager` (or whoever else asks for the wall clock first), with the thread it runs on;
/// - `executor`: every thread of the cooperative pool;
/// - `event_loop`: one of the event loops;
/// - `worker`: the first that has simulated work to do, from the start on; it hears nothing any more.
enum Wedge: String {
    case worker
    case flowManager = "flow_manager"
    case executor
    case eventLoop = "event_loop"

    static let chosen = getenv("PTRD_DEBUG_WEDGE").flatMap { Wedge(rawValue: String(cString: $0)) }
    private static let start = ContinuousClock.now
    private static let isWedged = Atomic(false)

    /// Takes note of the start, and wedges what is not wedged by ``hangOnce()``.
    static func begin() {
        _ = start
        guard let chosen, chosen != .flowManager else { return }
        Task {
            try? await Task.sleep(for: .seconds(2))
            switch chosen {
            case .flowManager, .worker: break
            case .eventLoop: MultiThreadedEventLoopGroup.singleton.next().execute { hang() }
            case .executor: for _ in 0..<256 { Task { hang() } }
            }
        }
    }

    /// Called by flow_manager in each turn.
    static func hangOnce() {
        guard chosen == .flowManager, start.duration(to: .now) > .seconds(2),
            !isWedged.exchange(true, ordering: .relaxed)
        else { return }
        hang()
    }

    /// The time that simulated work takes.
    static func work(for time: Duration) async throws {
        if chosen == .worker, !isWedged.exchange(true, ordering: .relaxed) {
            await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
        }
        try await Task.sleep(for: time)
    }

    private static func hang() {
        while true { pause() }
    }
}
#endif
