import Glibc
import Launching
import Measurement
import NIOCore

/// What it costs to start a process that does nothing, until it is reaped.
enum Spawning {
    private final class Deaf: ProcessObserver {
        func received(_ bytes: ByteBuffer, from stream: ProcessStream) {}
    }

    /// Microseconds: how long the starting thread stands still, and until it is known that it has ended.
    static func measure(_ launcher: Launcher, count: Int) async throws -> (stand: Samples, whole: Samples) {
        var (stand, whole) = (Samples(), Samples())
        let specification = LaunchSpecification(command: ["/bin/true"])
        for _ in 0..<count {
            let begin = ContinuousClock.now
            let process = try await launcher.launch(specification, observer: Deaf())
            _ = await process.exit
            whole.add((ContinuousClock.now - begin) / .microseconds(1))
            stand.add(process.spawnTime / .microseconds(1))
        }
        return (stand, whole)
    }

    /// Milliseconds from the first of so many to the last that has answered a frame; then they are ended.
    static func measureMany(_ launcher: Launcher, _ echo: Echo, count: Int, trips: Int) async throws -> Double {
        let begin = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask { _ = try await LaunchedTrips.rate(launcher, echo, trips: trips, inHand: 1) }
            }
            try await group.waitForAll()
        }
        return (ContinuousClock.now - begin) / .milliseconds(1)
    }
}

/// Memory that is really there.
func resident(mebibytes: Int) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: mebibytes << 20, alignment: 4096)
    memset(memory, 1, mebibytes << 20)
    return memory
}
