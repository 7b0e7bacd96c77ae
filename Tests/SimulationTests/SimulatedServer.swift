import EventSource
import NIOCore

/// A server of one stream, with all that it will ever send.
///
/// Event n has the number n in its type, and with ids also as its id.
struct SimulatedServer {
    let stream: Plan.Stream
    /// The last event that was sent to anybody. Without ids there is no way back behind it.
    var lastSent = 0
    /// Which bins an event has been settled in, over all lives.
    var settled: [Set<Bin>]

    init(_ stream: Plan.Stream) {
        self.stream = stream
        settled = Array(repeating: [], count: stream.count + 1)
    }

    /// The last event before the ones that a connection gets.
    func position(after id: ByteBuffer) -> Int {
        stream.hasIDs ? Self.number(of: id) : lastSent
    }

    /// Event `number`, from 1.
    func event(_ number: Int, killMessage: [UInt8]) -> EventStreamEvent {
        let padding = stream.padding == 0 ? 0 : number * 37 % stream.padding
        let data = isKillMessage(number) ? killMessage : Array(repeating: 0x2e, count: padding)
        return EventStreamEvent(
            type: Self.id(number), data: ByteBuffer(bytes: data),
            lastEventID: stream.hasIDs ? Self.id(number) : ByteBuffer())
    }

    func isKillMessage(_ number: Int) -> Bool { number.isMultiple(of: 11) }

    /// Whether an event crashes every worker that handles it.
    func isPoison(_ number: Int) -> Bool { number % 13 == 5 }

    /// The id of an event; that of none is empty.
    static func id(_ number: Int) -> ByteBuffer {
        number == 0 ? ByteBuffer() : ByteBuffer(string: "\(number)")
    }

    /// The number in an id; 0 when it is empty.
    static func number(of id: ByteBuffer) -> Int { Int(String(buffer: id)) ?? 0 }
}

/// Where a message ends.
enum Bin: UInt64 {
    case processed
    case killed
    case deadLettered
}
