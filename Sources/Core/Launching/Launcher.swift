import CLaunching
import Dispatch
import Glibc
import Locking

/// Starts processes, and watches over them until they are reaped.
///
/// It has two threads of its own, as long as it lives. One starts: the kernel ends a process with the *thread* that started it
/// (PR_SET_PDEATHSIG), so that must be one that stays. The other, ``ProcessWatch``, reads what they write, and reaps.
///
/// From its first use on, a write to a closed pipe is an error and no SIGPIPE, and SIGCHLD is not ignored, in our whole process.
public final class Launcher: Sendable {
    private let starting: ProcessStart
    private let watch: ProcessWatch

    /// Starts the threads.
    public init() throws(LaunchError) {
        Self.prepareSignals
        watch = try ProcessWatch()
        do throws(LaunchError) {
            starting = try ProcessStart(watch)
        } catch {
            watch.endWhenEmpty()
            throw error
        }
    }

    /// Without ``close(within:)`` as well, its processes are killed.
    deinit { starting.end() }

    /// Starts a process.
    ///
    /// - Parameter observer: is told what happens, and kept until the process is reaped.
    /// - Throws: what failed, and what mends it; then there is no process.
    public func launch(
        _ specification: LaunchSpecification, observer: any ProcessObserver
    ) async throws(LaunchError) -> LaunchedProcess {
        let result = await withCheckedContinuation { continuation in
            starting.add(specification, observer) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// How many processes are not reaped yet.
    public var count: Int { watch.processes.count }

    /// Starts no more, kills what runs, and waits until all are reaped, so long at most.
    ///
    /// - Returns: whether all are.
    @discardableResult
    public func close(
        within limit: Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) async -> Bool {
        starting.end()
        for process in watch.processes { process.killGroup() }
        return await watch.ended.value(within: limit, sleep: sleep) != nil
    }

    /// Once for all launchers.
    private static let prepareSignals: Void = {
        if disposition(of: SIGPIPE) == .usual { signal(SIGPIPE, SIG_IGN) }
        // Else the kernel reaps for us, and nobody learns how a process has ended.
        if disposition(of: SIGCHLD) == .ignored { signal(SIGCHLD, SIG_DFL) }
    }()

    private enum Disposition { case usual, ignored, handled }

    private static func disposition(of signal: Int32) -> Disposition {
        var action = sigaction()
        guard sigaction(signal, nil, &action) == 0 else { return .handled }
        // A pointer to a function, or one of the two numbers that stand for what the system does: only compared, never called.
        switch unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) {
        case 0: return .usual
        case 1: return .ignored
        default: return .handled
        }
    }
}
