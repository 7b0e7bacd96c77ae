import Glibc

/// Finds who has a pipe open.
enum PipeHolders {
    /// Of the processes that we may look into, those that have one of these pipes open.
    static func of(_ inodes: Set<UInt64>) -> [pid_t] {
        let names = Set(inodes.map { "pipe:[\($0)]" })
        return names.isEmpty ? [] : entries("/proc").compactMap { pid_t($0) }.filter { holds($0, names) }
    }

    private static func holds(_ pid: pid_t, _ names: Set<String>) -> Bool {
        entries("/proc/\(pid)/fd").contains { entry in
            var target = [UInt8](repeating: 0, count: 64)
            let count = readlink("/proc/\(pid)/fd/\(entry)", &target, target.count)
            return count > 0 && names.contains(String(decoding: target[..<count], as: UTF8.self))
        }
    }

    private static func entries(_ path: String) -> [String] {
        DirectoryEntries.of(path) ?? []
    }
}
