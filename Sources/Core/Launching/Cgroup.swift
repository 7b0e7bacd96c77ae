import Glibc
import ProgramKit

/// A group of processes that the kernel limits and kills as one (cgroup v2).
public struct Cgroup: Sendable, Hashable {
    /// Its directory.
    public let path: String

    /// The group of a directory.
    public init(path: String) { self.path = path }

    /// Kills all that is in it and beneath it, whatever session it has and whatever it ignores.
    public func kill() {
        guard Self.write("1", to: "\(path)/cgroup.kill") != 0 else { return }
        // Before Linux 5.14. Who forks faster than this kills goes on.
        for pid in processes { Glibc.kill(pid, SIGKILL) }
    }

    /// The processes in it, without those beneath it.
    public var processes: [pid_t] {
        (Self.read("\(path)/cgroup.procs") ?? "").split(separator: "\n").compactMap { pid_t($0) }.filter { $0 > 0 }
    }

    /// Whether a living process is in it or beneath it.
    public var isPopulated: Bool { (Self.read("\(path)/cgroup.events") ?? "").contains("populated 1") }

    /// The bytes of memory that it holds; nil: there is no memory controller.
    public var memory: Int? { Self.read("\(path)/memory.current").flatMap { Int($0.prefix { $0 != "\n" }) } }

    /// How many of its processes the kernel has killed for want of memory; nil: there is no memory controller.
    public var outOfMemoryKills: Int? {
        Self.read("\(path)/memory.events")?.split(separator: "\n")
            .first { $0.hasPrefix("oom_kill ") }.flatMap { Int($0.dropFirst("oom_kill ".count)) }
    }

    /// Writes to one of its files: 0, or the system's error.
    static func write(_ text: String, to path: String) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var text = text
        return text.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) } >= 0 ? 0 : errno
    }

    /// The text of a file; nil, and `errno`, if it cannot be read.
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var (text, buffer): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 4096))
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return count == 0 ? String(decoding: text, as: UTF8.self) : nil }
            text.append(contentsOf: buffer[..<count])
        }
    }
}
