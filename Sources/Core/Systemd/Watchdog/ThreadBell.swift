import CSystemd
import Glibc

/// Wakes one thread of the operating system that waits for a time.
///
/// The wait is poll(2), which no jump of the wall clock lengthens; that of a semaphore can be on Linux.
final class ThreadBell: Sendable {
    enum Wait {
        /// Somebody rang, or the time is over: look.
        case woken
        case ended
    }

    /// Polls readable when it was rung; −1 when the system had no descriptor left, and waits then take their whole time.
    private let rung: Int32
    private let ending = Interruption()

    init() {
        rung = csystemd_eventfd()
    }

    deinit {
        if rung >= 0 { _ = Glibc.close(rung) }
    }

    /// Ends the present wait, or the next one.
    func ring() {
        guard rung >= 0 else { return }
        var one: UInt64 = 1
        _ = Glibc.write(rung, &one, MemoryLayout<UInt64>.size)
    }

    /// From now on every wait ends at once.
    func end() { ending.request() }

    /// Blocks the calling thread until it rings, the time is over or the end has come.
    func wait(for duration: Duration) -> Wait {
        var polled = [
            pollfd(fd: ending.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: rung, events: Int16(POLLIN), revents: 0),
        ]
        // Up, so that a wait for less than a millisecond is none of zero, again and again.
        let milliseconds = Int32(clamping: (duration.microseconds + 999) / 1000)
        if poll(&polled, 2, milliseconds) > 0, polled[1].revents != 0 {
            var count: UInt64 = 0
            _ = Glibc.read(rung, &count, MemoryLayout<UInt64>.size)
        }
        return ending.isRequested ? .ended : .woken
    }
}
