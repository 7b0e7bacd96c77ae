#if canImport(FoundationEssentials)
import FoundationEssentials
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif
#else
import Foundation
#endif

/// The most that this process held in memory, above what it held at the start.
struct ResidentMemory {
    private let start: Int
    private var most: Int

    init() throws {
        start = try Self.resident()
        most = start
    }

    var growth: Int { most - start }

    mutating func sample() throws { most = max(most, try Self.resident()) }

    /// The second figure of `statm` (proc(5)), in pages.
    private static func resident() throws -> Int {
        let statm = String(decoding: try Data(contentsOf: URL(filePath: "/proc/self/statm")), as: UTF8.self)
        return (statm.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * Int(getpagesize())
    }
}
