/// What goes to and fro: lines of 225 bytes, as an event of the feed has them.
enum Frames {
    static let size = 225

    /// So many of them, one after another.
    static func bytes(_ count: Int) -> [UInt8] {
        var frame = [UInt8](#"{"seq":485,"data":""#.utf8)
        frame += [UInt8](repeating: UInt8(ascii: "x"), count: size - frame.count - 3)
        frame += Array("\"}\n".utf8)
        return [[UInt8]](repeating: frame, count: count).flatMap { $0 }
    }

    /// How many lines end in some bytes.
    static func ends(in bytes: some Sequence<UInt8>) -> Int {
        var count = 0
        for byte in bytes where byte == 0x0a { count += 1 }
        return count
    }
}

/// A program that answers each line with one.
struct Echo {
    let name: String
    let command: [String]

    static let all = [
        Echo(name: "cat", command: ["/bin/cat"]),
        Echo(
            name: "Python",
            command: [
                "/usr/bin/python3", "-c",
                "import sys\nfor line in sys.stdin:\n    print('{\"seq\":485,\"status\":\"done\"}', flush=True)",
            ]),
    ]
}
