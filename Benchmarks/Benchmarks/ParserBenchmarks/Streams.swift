/// The streams that are parsed, made up in memory. None has the byte 0x01, which memchr looks for.
enum Streams {
    /// Larger than the caches, as a long-lived stream is.
    private static let size = 32 << 20

    /// Data in one line, 809 bytes an event with its framing, as a tweet cut to what matters.
    static var tweets: [UInt8] { stream(of: Array("data: \(json(809 - 8))\n\n".utf8)) }

    static var tweetsWithCarriageReturns: [UInt8] { stream(of: Array("data: \(json(809 - 10))\r\n\r\n".utf8)) }

    /// The course's feed: a blank line between the name and the data.
    static var course: [UInt8] { stream(of: Array("event: \"message\"\n\ndata: \(json(2200 - 27))\n\n".utf8)) }

    static var named: [UInt8] { stream(of: Array("id: 1652306229\nevent: update\ndata: \(json(780))\n\n".utf8)) }

    static var tiny: [UInt8] { stream(of: Array("data: x\n\n".utf8), size: size / 4) }

    /// 20 lines of 40 bytes, which have to be joined.
    static var manyLines: [UInt8] {
        let lines = Array(repeating: "data: \(json(33))\n", count: 20).joined()
        return stream(of: Array("\(lines)\n".utf8))
    }

    static var longLine: [UInt8] { Array("data: \(json(50_000_000 - 8))\n\n".utf8) }

    private static func stream(of event: [UInt8], size: Int = size) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + event.count)
        while bytes.count < size { bytes += event }
        return bytes
    }

    /// Text of that many bytes that looks like JSON.
    private static func json(_ count: Int) -> String {
        let pattern = #"{"id":1520137982,"text":"some words of a tweet","user":{"name":"somebody","followers":17}},"#
        let repetitions = count / pattern.utf8.count + 1
        return String(Array(repeating: pattern, count: repetitions).joined().prefix(count))
    }
}
