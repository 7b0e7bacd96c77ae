import Glibc

/// The text of a file of `/proc`; empty if there is none.
private func text(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
}

/// The memory of a process that is really there, with what it shares.
func residentBytes(of pid: pid_t) -> Int {
    let fields = text("/proc/\(pid)/statm").split(separator: " ")
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(getpagesize())
}

/// The same, with its part of what it shares.
func proportionalBytes(of pid: pid_t) -> Int {
    let line = text("/proc/\(pid)/smaps_rollup").split(separator: "\n").first { $0.hasPrefix("Pss:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
}

/// All processes that this one has started.
func childrenOfOurs() -> [pid_t] {
    var children: [pid_t] = []
    guard let folder = opendir("/proc/self/task") else { return [] }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        children += text("/proc/self/task/\(name)/children").split(separator: " ").compactMap { pid_t($0) }
    }
    return children
}
