import CWriting
import Glibc
import Synchronization

/// A descriptor that polls readable once somebody woke it, until ``clear()``: what gets a thread out of poll(2).
public final class Waker: Sendable {
    /// −1 when the system had no descriptor left; nobody is woken by it then.
    let descriptor = cwriting_eventfd()

    /// Makes one that nobody has woken.
    public init() {}

    deinit {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    /// Wakes whoever waits for it, or who waits next. Safe from any thread, any number of times.
    public func wake() {
        var one: UInt64 = 1
        if descriptor >= 0 { _ = Glibc.write(descriptor, &one, MemoryLayout<UInt64>.size) }
    }

    /// Takes all wakes back.
    func clear() {
        var count: UInt64 = 0
        _ = Glibc.read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}

/// The way to get a sink out of a wait: once it is requested, every wait under it ends.
///
/// Each life of a writer's thread has one of its own, so that a request never reaches the next life.
public final class Interruption: Sendable {
    private let requested = Atomic(false)
    private let waker = Waker()

    /// Creates an interruption that nobody has requested.
    public init() {}

    /// Whether the sink is asked to return soon with what it has done.
    public var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Asks the sink to return soon. Safe from any thread, any number of times.
    public func request() {
        if !requested.exchange(true, ordering: .acquiringAndReleasing) { waker.wake() }
    }

    /// What ended a wait.
    public enum Wait: Sendable {
        /// The descriptor is ready (or in a state that the next write will report).
        case ready
        /// The time is over.
        case timedOut
        /// Somebody called ``Interruption/request()``.
        case interrupted
        /// Somebody called ``Waker/wake()``, which is cleared by it.
        case woken
    }

    /// Blocks the calling thread until `output` can be written, `waker` is woken, the time is over, or the interruption is
    /// requested. A wait with a bound may also time out early, by a signal.
    ///
    /// - Parameters:
    ///   - output: The descriptor to write to; nil only to wait for the rest.
    ///   - waker: Something else to wait for.
    ///   - milliseconds: The longest wait; −1 is for ever.
    public func wait(toWrite output: Int32? = nil, orFor waker: Waker? = nil, milliseconds: Int32 = -1) -> Wait {
        while true {
            if isRequested { return .interrupted }
            // poll() skips negative descriptors, and no jump of the wall clock lengthens its wait.
            var polled = [
                pollfd(fd: self.waker.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: output ?? -1, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: waker?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&polled, 3, milliseconds)
            if ready < 0 && errno == EINTR && milliseconds < 0 { continue }
            if ready <= 0 { return .timedOut }
            if isRequested { return .interrupted }
            guard polled[2].revents != 0 else { return .ready }
            waker?.clear()
            return .woken
        }
    }
}
