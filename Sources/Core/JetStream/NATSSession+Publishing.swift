import CNats
import Glibc

extension NATSSession {
    /// Publishes those of some places. Their answers come to the inbox under numbers in a row. Returns which could not be sent.
    func send(_ messages: Publications, _ places: [Int], from first: UInt64) -> [(number: UInt64, error: NATSError)] {
        guard let pointer else {
            return places.indices.map { (first + UInt64($0), .disconnected("it was closed")) }
        }
        var failed: [(number: UInt64, error: NATSError)] = []
        // The library frees them on a thread of its own, which so is woken once for all of them.
        var spent: [OpaquePointer] = []
        spent.reserveCapacity(places.count)
        defer { for message in spent { natsMsg_Destroy(message) } }
        var reply = Array(inbox.utf8)
        let stem = reply.count
        messages.texts.withUnsafeBytes { texts in
            guard let texts = texts.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
            for (index, place) in places.enumerated() {
                let number = first + UInt64(index)
                reply.removeSubrange(stem...)
                reply.append(contentsOf: String(number).utf8)
                reply.append(0)
                var message: OpaquePointer?
                var status = Self.make(&message, of: messages.entries[place], texts, reply: reply)
                if let message { spent.append(message) }
                if status == NATS_OK { status = natsConnection_PublishMsg(pointer, message) }
                if status != NATS_OK { failed.append((number, .disconnected(Callbacks.text(of: status)))) }
            }
        }
        return failed
    }

    private static func make(
        _ message: inout OpaquePointer?, of entry: Publications.Entry, _ texts: UnsafePointer<CChar>, reply: [UInt8]
    ) -> natsStatus {
        var text = texts + entry.start
        func next() -> UnsafePointer<CChar> {
            defer { text += strlen(text) + 1 }
            return text
        }
        var status = entry.payload.withUnsafeReadableBytes { bytes in
            guard let count = Int32(exactly: bytes.count) else { return NATS_MAX_PAYLOAD }
            let data = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            return reply.withUnsafeBufferPointer { reply in
                reply.withMemoryRebound(to: CChar.self) {
                    natsMsg_Create(&message, next(), $0.baseAddress, data, count)
                }
            }
        }
        for _ in 0..<entry.headerCount where status == NATS_OK {
            let name = next()
            status = natsMsgHeader_Set(message, name, next())
        }
        return status
    }
}
