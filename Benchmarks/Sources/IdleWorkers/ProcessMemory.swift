import CHeap
import Glibc

/// What this process holds at the moment, in bytes.
struct ProcessMemory {
    /// Of the C library's allocator, as it was asked for and rounded up by it; of all its arenas.
    let allocated: Int
    /// In the machine's memory, code and stacks included.
    let resident: Int

    static var now: ProcessMemory {
        ProcessMemory(allocated: heap_in_use(), resident: resident())
    }

    static func - (left: ProcessMemory, right: ProcessMemory) -> ProcessMemory {
        ProcessMemory(allocated: left.allocated - right.allocated, resident: left.resident - right.resident)
    }

    private static func resident() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, CInt(line.count), file) != nil else { return 0 }
        let fields = line.prefix { $0 != 0 }.split(separator: CChar(UInt8(ascii: " ")))
        guard fields.count > 1, let pages = Int(String(decoding: fields[1].map(UInt8.init), as: UTF8.self)) else {
            return 0
        }
        return pages * Int(getpagesize())
    }
}
