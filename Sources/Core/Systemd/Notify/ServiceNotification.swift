import Glibc

/// What a service tells its manager: lines for sd_notify(3), several of which travel as one datagram and so arrive
/// together.
public struct ServiceNotification: Sendable, Equatable {
    /// systemd ignores a notification of more than 4096 bytes; the status leaves room for the rest.
    static let maximumStatusBytes = 2048

    private(set) var lines: [String]

    /// The datagram's text.
    public var text: String { lines.joined(separator: "\n") }

    /// Joins notifications into one datagram.
    public static func + (left: Self, right: Self) -> Self { Self(lines: left.lines + right.lines) }

    /// The service is up, or has finished reloading.
    public static let ready = Self(lines: ["READY=1"])
    /// The service has begun to stop.
    public static let stopping = Self(lines: ["STOPPING=1"])
    /// A sign of life for `WatchdogSec=`.
    public static let watchdog = Self(lines: ["WATCHDOG=1"])
    /// One line for `systemctl status`. Line feeds and other control characters become spaces, so that a text from
    /// outside cannot smuggle in another assignment; what is over 2 KiB is cut.
    public static func status(_ text: String) -> Self {
        var status = String.UnicodeScalarView()
        var size = 0
        for scalar in text.unicodeScalars {
            let kept = scalar.properties.generalCategory == .control ? " " : scalar
            size += UTF8.width(kept)
            guard size <= maximumStatusBytes else { break }
            status.append(kept)
        }
        return Self(lines: ["STATUS=\(String(status))"])
    }

    /// The configuration is being read again; ``ready`` must follow, also when it was refused.
    ///
    /// It carries the time, so that systemd can tell this reload's `READY=1` from an earlier one (sd_notify(3)).
    public static func reloading() -> Self { reloading(at: monotonicMicroseconds()) }

    static func reloading(at microseconds: UInt64) -> Self {
        Self(lines: ["RELOADING=1", "MONOTONIC_USEC=\(microseconds)"])
    }

    /// Asks for more time than `TimeoutStartSec=` or `TimeoutStopSec=` gives, counted from now.
    public static func extendTimeout(by duration: Duration) -> Self {
        Self(lines: ["EXTEND_TIMEOUT_USEC=\(duration.microseconds)"])
    }
}

/// CLOCK_MONOTONIC in microseconds, the clock `MONOTONIC_USEC=` is read against.
private func monotonicMicroseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
}

extension Duration {
    /// Whole microseconds, never less than 0.
    var microseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000)
        return overflow ? .max : product &+ UInt64(attoseconds / 1_000_000_000_000)
    }
}
