import Glibc

/// What the kernel sees in the first bytes of a file that is to be executed.
enum ProgramFile: Hashable {
    /// A script that says who reads it, with the one argument that the kernel passes on.
    case script(interpreter: String, argument: String?)
    /// A program of the machine, with what loads it.
    case binary(machine: UInt16, loader: String?)
    /// Neither.
    case unknown
    /// It cannot be read, which a program needs not be.
    case unreadable

    /// Looks at a file.
    init(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            self = .unreadable
            return
        }
        defer { close(descriptor) }
        self.init { offset, count in
            var bytes = [UInt8](repeating: 0, count: count)
            let length = pread(descriptor, &bytes, count, off_t(offset))
            return Array(bytes.prefix(max(length, 0)))
        }
    }

    /// Looks at bytes, given an offset and how many are wanted.
    init(_ read: (Int, Int) -> [UInt8]) {
        let head = read(0, 256)
        if head.starts(with: "#!".utf8) {
            self = Self.script(head.dropFirst(2).prefix { $0 != 0x0a })
        } else if head.starts(with: [0x7f, 0x45, 0x4c, 0x46]), head.count >= 64 {
            self = Self.binary(head, read)
        } else {
            self = .unknown
        }
    }

    private static func script(_ line: ArraySlice<UInt8>) -> ProgramFile {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let text = line.drop(while: isBlank)
        let interpreter = text.prefix { !isBlank($0) }
        var argument = text.dropFirst(interpreter.count).drop(while: isBlank)
        while let last = argument.last, isBlank(last) { argument.removeLast() }
        guard !interpreter.isEmpty else { return .unknown }
        return .script(
            interpreter: String(decoding: interpreter, as: UTF8.self),
            argument: argument.isEmpty ? nil : String(decoding: argument, as: UTF8.self))
    }

    private static func binary(_ head: [UInt8], _ read: (Int, Int) -> [UInt8]) -> ProgramFile {
        let is64 = head[4] == 2
        func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
            guard offset + count <= bytes.count else { return 0 }
            return bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        let machine = UInt16(number(head, 18, 2))
        let (table, size, count) =
            is64
            ? (number(head, 32, 7), number(head, 54, 2), number(head, 56, 2))
            : (number(head, 28, 4), number(head, 42, 2), number(head, 44, 2))
        for index in 0..<min(count, 64) where size >= 32 {
            let entry = read(table + index * size, size)
            guard number(entry, 0, 4) == 3 else { continue }
            let (offset, length) =
                is64 ? (number(entry, 8, 7), number(entry, 32, 7)) : (number(entry, 4, 4), number(entry, 16, 4))
            let name = read(offset, min(length, 4096)).prefix { $0 != 0 }
            return .binary(machine: machine, loader: String(decoding: name, as: UTF8.self))
        }
        return .binary(machine: machine, loader: nil)
    }
}
