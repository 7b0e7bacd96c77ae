import CLaunching
import Glibc
import ProgramKit

/// How a process ended, and what it has used.
public struct ProcessExit: Sendable, Hashable, CustomStringConvertible {
    /// What ended it.
    public enum Cause: Sendable, Hashable {
        /// It ended itself, with a status.
        case exited(status: Int32)
        /// A signal did.
        case signalled(Int32, dumpedCore: Bool)
        /// Somebody else in our process has waited for it, and knows.
        case unknown
    }

    /// What ended it.
    public var cause: Cause
    /// What it has used of processors, with those of its children that it waited for.
    public var cpuTime: Duration
    /// The most memory that it had at once, in bytes.
    public var maxResident: Int

    /// Describes an end.
    public init(_ cause: Cause, cpuTime: Duration = .zero, maxResident: Int = 0) {
        self.cause = cause
        self.cpuTime = cpuTime
        self.maxResident = maxResident
    }

    init(_ end: claunching_end) {
        self.init(
            end.is_signal
                ? .signalled(end.status, dumpedCore: end.dumped_core) : .exited(status: end.status),
            cpuTime: .microseconds(end.cpu_microseconds), maxResident: Int(end.max_resident_kib) * 1024)
    }

    /// Such as `exited with status 1` or `was ended by SIGKILL`.
    public var description: String {
        switch cause {
        case .exited(let status): "exited with status \(status)"
        case .signalled(let signal, let dumpedCore):
            "was ended by \(SignalName.of(signal))\(dumpedCore ? " (core dumped)" : "")"
        case .unknown: "ended, nobody knows how: somebody else waited for it"
        }
    }
}
