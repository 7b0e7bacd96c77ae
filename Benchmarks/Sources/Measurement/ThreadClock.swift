#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What the calling thread has spent on a processor. Unlike the time of day it does not run while others have the
/// processor, so a busy machine does not spoil the figures.
public struct ThreadClock {
    /// Nanoseconds of the calling thread, since it began.
    public static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The nanoseconds that `body` takes, at least 1.
    public static func measure(_ body: () throws -> Void) rethrows -> Int64 {
        let begin = now
        try body()
        return max(now - begin, 1)
    }
}

/// What all threads of the process have spent on processors.
public struct ProcessClock {
    /// Nanoseconds since the process began.
    public static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
