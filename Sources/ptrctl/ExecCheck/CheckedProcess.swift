import Launching
import Locking
import NIOCore

/// What a process that is tried does, and what time does to it, in one sequence.
enum CheckEvent: Sendable {
    /// It wrote something.
    case wrote(ByteBuffer, ProcessStream)
    /// It has ended, and all that it wrote came before.
    case ended(ProcessExit)
    /// The wait of this number is over.
    case timeUp(Int)
}

/// Takes what a process does, however much it is: it waits when nobody comes after it.
final class CheckedProcess: ProcessObserver {
    let events: AsyncStream<CheckEvent>
    private let continuation: AsyncStream<CheckEvent>.Continuation

    private struct State {
        var process: LaunchedProcess?
        /// Bytes that nobody has taken.
        var waiting = 0
        var isPaused = false
    }

    private let state = Locked(State())
    private static let mostWaiting = 1 << 20

    init() {
        (events, continuation) = AsyncStream.makeStream()
    }

    /// Says which process it is, once it runs.
    func run(_ process: LaunchedProcess) {
        state.withLock { $0.process = process }
    }

    func received(_ bytes: ByteBuffer, from stream: ProcessStream) {
        let paused = state.withLock { state -> LaunchedProcess? in
            state.waiting += bytes.readableBytes
            guard state.waiting > Self.mostWaiting, !state.isPaused, let process = state.process else { return nil }
            state.isPaused = true
            return process
        }
        if let paused { for stream in ProcessStream.allCases { paused.pause(stream) } }
        continuation.yield(.wrote(bytes, stream))
    }

    /// Says that bytes were taken.
    func took(_ count: Int) {
        let resumed = state.withLock { state -> LaunchedProcess? in
            state.waiting -= count
            guard state.isPaused, state.waiting <= Self.mostWaiting / 2 else { return nil }
            state.isPaused = false
            return state.process
        }
        if let resumed { for stream in ProcessStream.allCases { resumed.resume(stream) } }
    }

    func exited(_ exit: ProcessExit) {
        continuation.yield(.ended(exit))
    }

    /// Lets a wait of a number be over after some time. Processes live in real time, so that is what it is.
    func wait(_ time: Duration, number: Int) -> Task<Void, Never> {
        Task { [continuation] in
            guard (try? await Task.sleep(for: time)) != nil else { return }
            continuation.yield(.timeUp(number))
        }
    }
}
