import FoundationEssentials
import Glibc

/// How much memory this process and what it starts can have together.
enum MachineMemory {
    /// In bytes: the machine's, or what a control group around us leaves of it; nil: nobody says.
    static func available(
        read: (String) -> String? = { try? String(contentsOfFile: $0, encoding: .utf8) }
    ) -> Int? {
        let (pages, size) = (sysconf(CInt(_SC_PHYS_PAGES)), sysconf(CInt(_SC_PAGESIZE)))
        let machine = pages > 0 && size > 0 ? pages * size : nil
        return ([machine] + limits(read)).compactMap { $0 }.min()
    }

    /// The bounds of our control group and of those that it is in.
    static func limits(_ read: (String) -> String?) -> [Int?] {
        let groups = read("/proc/self/cgroup")?.split(separator: "\n") ?? []
        guard let unified = groups.first(where: { $0.hasPrefix("0::/") }) else { return [] }
        var path = unified.dropFirst("0::".count)
        var limits: [Int?] = []
        while let slash = path.lastIndex(of: "/") {
            limits.append(read("/sys/fs/cgroup\(path)/memory.max").flatMap { Int($0.filter { $0 != "\n" }) })
            path = path[..<slash]
        }
        return limits
    }
}
