import NIOCore
import Pipeline
import TestKit

/// Events as they come over the wire.
struct StreamBytes {
    let events: [Event]
    let bytes: [UInt8]
    /// Before which byte each event begins, and with which one it is whole.
    private let ranges: [(begin: Int, end: Int)]

    /// - Parameter random: decides on line ends, and whether an id is said again where it goes without saying.
    init(_ events: [Event], _ random: inout SeededGenerator) {
        var said = events
        let lineEnd = ["\n", "\r\n", "\r"][random.below(3)]
        var bytes: [UInt8] = []
        var ranges: [(begin: Int, end: Int)] = []
        func write(_ field: String, _ value: ByteBuffer) {
            bytes += Array("\(field): ".utf8)
            bytes += value.readableBytesView
            bytes += Array(lineEnd.utf8)
        }
        for (place, event) in events.enumerated() {
            let begin = bytes.count
            let isSaid = place > 0 && events[place - 1].id == event.id && random.chance(50)
            said[place].hasOwnID = event.id.readableBytes > 0 && !isSaid
            if said[place].hasOwnID { write("id", event.id) }
            if let type = event.type { write("event", type) }
            write("data", event.data)
            bytes += Array(lineEnd.utf8)
            // A line ends with its CR; an LF that follows belongs to it.
            ranges.append((begin, bytes.count - (lineEnd == "\r\n" ? 1 : 0)))
        }
        (self.events, self.bytes, self.ranges) = (said, bytes, ranges)
    }

    /// How many events have begun before byte `end`.
    func begun(in end: Int) -> Int { ranges.count { $0.begin < end } }

    /// How many are whole by then.
    func whole(in end: Int) -> Int { ranges.count { $0.end <= end } }
}
