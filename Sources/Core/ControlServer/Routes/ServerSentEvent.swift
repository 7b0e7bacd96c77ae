import ControlAPI
import NIOCore

/// One event of an event stream of the API, as the standard writes it (WHATWG HTML, section 9.2.6).
struct ServerSentEvent: Hashable, Sendable {
    /// Its type. All have one, so that a reader that knows only some of them passes over the others.
    let name: String
    /// What a reader gives as `Last-Event-ID` to go on after it.
    let id: UInt64?
    /// One line of JSON.
    let data: [UInt8]

    init(_ name: String, id: UInt64? = nil, data: some Encodable) throws {
        self.name = name
        self.id = id
        self.data = try ControlJSON.encodeLine(data)
    }

    /// A comment, which readers pass over.
    static let heartbeat = ByteBuffer(string: ":\n\n")

    var bytes: ByteBuffer {
        var buffer = ByteBuffer()
        if let id { buffer.writeString("id: \(id)\n") }
        buffer.writeString("event: \(name)\ndata: ")
        buffer.writeBytes(data)
        buffer.writeString("\n\n")
        return buffer
    }
}
