import CSystemd
import Glibc
import Synchronization

/// The way to get a sink out of a wait: a flag, and a descriptor that polls readable once the flag is up.
///
/// Each life of a writer's thread has one of its own, so that a request never reaches the next life.
public final class Interruption: Sendable {
    private let requested = Atomic(false)
    /// Polls readable from the request on; −1 when the system had no descriptor left, and waits then only see the flag.
    public let descriptor: Int32

    /// Creates an interruption that nobody has requested.
    public init() {
        descriptor = csystemd_eventfd()
    }

    deinit {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    /// Whether the sink is asked to return soon with what it has done.
    public var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Asks the sink to return soon. Safe from any thread, any number of times.
    public func request() {
        guard !requested.exchange(true, ordering: .acquiringAndReleasing), descriptor >= 0 else { return }
        var one: UInt64 = 1
        _ = Glibc.write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// What ended a wait.
    public enum Wait: Sendable {
        /// The descriptor is ready (or in a state that the next write will report).
        case ready
        /// The time is over.
        case timedOut
        /// Somebody called ``Interruption/request()``.
        case interrupted
        /// The other descriptor can be read.
        case woken
    }

    /// Blocks the calling thread until `output` can be written, the time is over, or the interruption is requested.
    ///
    /// - Parameters:
    ///   - output: The descriptor to write to; `nil` only to wait for the time.
    ///   - waker: Something else to wait for: a descriptor that polls readable.
    ///   - milliseconds: The longest wait; −1 is for ever.
    public func wait(toWrite output: Int32?, orRead waker: Int32? = nil, milliseconds: Int32 = -1) -> Wait {
        while true {
            if isRequested { return .interrupted }
            // poll() skips negative descriptors.
            var polled = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: output ?? -1, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: waker ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&polled, 3, milliseconds)
            if ready < 0 && errno == EINTR { continue }
            if ready == 0 { return .timedOut }
            if isRequested { return .interrupted }
            return polled[2].revents != 0 ? .woken : .ready
        }
    }
}
