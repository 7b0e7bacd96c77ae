public import Glibc

/// What a process uses, as the kernel shows it in `/proc/PID/stat`.
public struct ProcessUsage: Sendable, Hashable {
    /// Its memory that is not swapped out, in bytes; the kernel counts it roughly.
    public var resident: Int
    /// What it has used of processors, without its children.
    public var cpuTime: Duration
    /// Whether a signal has stopped it, and none has let it go on.
    public var isStopped: Bool
    /// Who started it, or has taken it in.
    public var parent: pid_t

    /// Of a living process; nil: there is none, or `/proc` is not to be read.
    static func of(_ pid: pid_t) -> ProcessUsage? {
        let descriptor = open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            return count > 0 ? ProcessUsage(stat: UnsafeRawBufferPointer(rebasing: buffer[..<count])) : nil
        }
    }

    /// Reads a line of `stat`; the name in its parentheses may hold anything.
    init?(stat line: some BidirectionalCollection<UInt8>) {
        guard let end = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        // From the third field on, which is the state.
        var field = 3
        var values: [Int: Int64] = [:]
        for text in line[end...].dropFirst(2).split(separator: UInt8(ascii: " ")) {
            if field == 4 || field == 14 || field == 15 || field == 24 {
                var value: Int64 = 0
                for digit in text where digit >= 0x30 && digit <= 0x39 { value = value &* 10 &+ Int64(digit - 0x30) }
                values[field] = value
            }
            field += 1
        }
        // The state of one that a debugger holds is `t`.
        isStopped = line[end...].dropFirst(2).first == UInt8(ascii: "T")
        guard let parent = values[4], let user = values[14], let system = values[15], let pages = values[24] else {
            return nil
        }
        self.parent = pid_t(truncatingIfNeeded: parent)
        resident = Int(pages) * sysconf(Int32(_SC_PAGESIZE))
        cpuTime = .milliseconds((user + system) * 1000 / Int64(sysconf(Int32(_SC_CLK_TCK))))
    }
}
