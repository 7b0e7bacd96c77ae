/// Lets one thread of the operating system wait for a time, for somebody who wakes it, and for the end.
public final class ThreadParker: Sendable {
    private let waker = Waker()
    private let ending = Interruption()

    /// Makes one that nobody waits by.
    public init() {}

    /// Ends the present wait, or the next one.
    public func unpark() { waker.wake() }

    /// From now on every wait ends at once.
    public func end() { ending.request() }

    /// Blocks the calling thread until it is woken, the time is over or the end has come; it may also wake for no reason.
    ///
    /// - Returns: whether to go on; false: the end has come.
    @discardableResult
    public func park(for duration: Duration) -> Bool {
        // Up, so that a wait for less than a millisecond is none of zero, again and again.
        let milliseconds = (max(.zero, duration) / .milliseconds(1)).rounded(.up)
        _ = ending.wait(orFor: waker, milliseconds: Int32(min(milliseconds, Double(Int32.max))))
        return !ending.isRequested
    }
}
