import CSystemd
import Locking
import ProgramKit

/// Why the service manager was not told.
public struct NotifyError: Error, Equatable, CustomStringConvertible {
    /// The system's error number.
    public let errno: Int32

    /// In words, for people.
    public var description: String {
        "the service manager could not be told ($NOTIFY_SOCKET): \(systemMessage(errno)); "
            + "is NotifyAccess=main set, and is the socket reachable from here?"
    }
}

/// Tells the service manager how the service is, through the socket it named in `$NOTIFY_SOCKET` (sd_notify(3)).
///
/// Without that variable, that is outside systemd, everything succeeds and nothing is sent.
public struct SystemdNotifier: Sendable {
    /// Sends in order, off the cooperative pool: a datagram to a service manager whose queue is full blocks.
    private let queue = SerialQueue("systemd-notify")

    /// Creates a notifier.
    public init() {}

    /// Sends one datagram and waits until the service manager's queue has it, without blocking a task's thread.
    ///
    /// - Returns: Whether anybody was told: `false` outside systemd.
    /// - Throws: ``NotifyError``.
    @discardableResult
    public func notify(_ notification: ServiceNotification) async throws(NotifyError) -> Bool {
        try await queue.run { () throws(NotifyError) in try sendBlocking(notification) }
    }

    /// Sends one datagram when those before it are sent, and waits for nothing: for those who must go on, such as a process that
    /// is about to end.
    public func post(_ notification: ServiceNotification) {
        queue.post { _ = try? sendBlocking(notification) }
    }

    /// Sends one datagram from the calling thread, which blocks while the service manager's queue is full: for threads
    /// of their own, such as a watchdog's, and for the last words of a process.
    ///
    /// - Returns: Whether anybody was told.
    @discardableResult
    public func sendBlocking(_ notification: ServiceNotification) throws(NotifyError) -> Bool {
        let status = sd_notify(0, notification.text)
        guard status >= 0 else { throw NotifyError(errno: -status) }
        return status > 0
    }

    /// `WatchdogSec=` of the unit, if it is set and meant for this process (sd_watchdog_enabled(3)). Ping at a third of
    /// it.
    public var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }
}
