public import NIOCore

/// Messages for a stream, packed as the library takes them: their texts lie one after another, each with a zero at its end. So a
/// message costs no object of its own.
public struct Publications: Sendable {
    struct Entry: Sendable {
        var payload: ByteBuffer
        /// Where its subject begins. Names and values of its headers follow.
        var start: Int
        var headerCount = 0
        /// What the broker counts of it.
        var bytes: Int
    }

    private(set) var texts: [UInt8] = []
    private(set) var entries: [Entry] = []
    /// What is wrong with some, by their places. The library checks nothing of this, and a space or a line end would break the
    /// protocol for all that follows.
    private(set) var faults: [Int: NATSError] = [:]

    /// Makes none.
    public init() {}

    /// Packs messages.
    public init(_ messages: [Publication]) {
        for message in messages { append(message) }
    }

    /// How many there are.
    public var count: Int { entries.count }

    /// Makes room for so many.
    public mutating func reserveCapacity(_ count: Int) {
        entries.reserveCapacity(count)
        texts.reserveCapacity(count * 224)
    }

    /// Begins a message. The headers that are added next are its.
    ///
    /// - Parameter subject: appends where it goes.
    public mutating func append(_ payload: ByteBuffer, subject: (inout [UInt8]) -> Void) {
        let start = texts.count
        entries.append(Entry(payload: payload, start: start, bytes: payload.readableBytes))
        subject(&texts)
        let isValid = texts.withUnsafeBufferPointer { NATSSubject.isValid(UnsafeBufferPointer(rebasing: $0[start...])) }
        if !isValid { fault("\"\(String(decoding: texts[start...].prefix(100), as: UTF8.self))\" is no subject") }
        texts.append(0)
    }

    /// Adds a header to the last message.
    ///
    /// - Parameters:
    ///   - name: printable ASCII without a colon.
    ///   - value: appends it. What no header may have becomes a space.
    public mutating func addHeader(_ name: String, _ value: (inout [UInt8]) -> Void) {
        let first = texts.count
        texts.append(contentsOf: name.utf8)
        texts.append(0)
        let start = texts.count
        value(&texts)
        texts.withUnsafeMutableBufferPointer { texts in
            for index in start..<texts.count where texts[index] == 0 || texts[index] == 10 || texts[index] == 13 {
                texts[index] = 0x20
            }
        }
        texts.append(0)
        let last = entries.count - 1
        // Around them stand `NATS/1.0` and an empty line, in each a colon and a space, and line ends.
        entries[last].bytes += texts.count - first + 2 + (entries[last].headerCount == 0 ? 12 : 0)
        entries[last].headerCount += 1
    }

    private mutating func append(_ message: Publication) {
        append(message.payload) { $0.append(contentsOf: message.subject.utf8) }
        for header in message.headers { add(header) }
        if let id = message.id { add(NATSHeader("Nats-Msg-Id", id)) }
        if let stream = message.stream { add(NATSHeader("Nats-Expected-Stream", stream)) }
    }

    private mutating func add(_ header: NATSHeader) {
        guard header.isValid else {
            return fault("the header \"\(header.name.prefix(100))\" has a character that none may have")
        }
        addHeader(header.name) { $0.append(contentsOf: header.value.utf8) }
    }

    private mutating func fault(_ text: String) {
        faults[entries.count - 1] = faults[entries.count - 1] ?? .invalid(text)
    }
}
