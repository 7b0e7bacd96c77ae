import Launching
import NIOCore
import Synchronization

/// Round trips through the launcher: each answer is followed by another frame.
final class LaunchedTrips: ProcessObserver {
    private struct State {
        var process: LaunchedProcess?
        var sent = 0
        var received = 0
        var begin = ContinuousClock.now
        var done: CheckedContinuation<Duration, Never>?
    }

    private let state = Mutex(State())
    private let frames: ByteBuffer
    private let trips: Int

    private init(trips: Int, inHand: Int) {
        self.trips = trips
        frames = ByteBuffer(bytes: Frames.bytes(inHand))
    }

    /// Trips a second.
    static func rate(_ launcher: Launcher, _ echo: Echo, trips: Int, inHand: Int) async throws -> Double {
        let driver = LaunchedTrips(trips: trips, inHand: inHand)
        let process = try await launcher.launch(LaunchSpecification(command: echo.command), observer: driver)
        // The first shows that it is there.
        _ = await driver.run(process, alreadyReceived: trips - 1, inHand: 1)
        let time = await driver.run(process, alreadyReceived: 0, inHand: inHand)
        process.closeInput()
        _ = await process.exit
        return Double(trips) / (time / .seconds(1))
    }

    /// - Parameter alreadyReceived: so many of them need not be made.
    private func run(_ process: LaunchedProcess, alreadyReceived: Int, inHand: Int) async -> Duration {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state = State(
                    process: process, sent: alreadyReceived + inHand, received: alreadyReceived, done: continuation)
            }
            send(inHand, to: process)
        }
    }

    private func send(_ count: Int, to process: LaunchedProcess) {
        guard count > 0, let bytes = frames.getSlice(at: 0, length: count * Frames.size) else { return }
        process.write(bytes)
    }

    func received(_ bytes: ByteBuffer, from stream: ProcessStream) {
        let count = Frames.ends(in: bytes.readableBytesView)
        let (process, next, end) = state.withLock { state in
            state.received += count
            let next = min(count, trips - state.sent)
            state.sent += next
            let end = state.received == trips ? (state.done, ContinuousClock.now - state.begin) : nil
            return (state.process, next, end)
        }
        if let process { send(next, to: process) }
        if let end { end.0?.resume(returning: end.1) }
    }
}
