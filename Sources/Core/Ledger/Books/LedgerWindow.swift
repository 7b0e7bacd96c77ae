/// How much of what may be in flight is taken, and by whom.
///
/// Half of the window is shared. The other half is reserved to the streams in equal parts, so that no stream can take it all
/// from the others. What each stream holds beyond its part is kept as a sum, so that the question whether there is room costs
/// the same for one stream and for a hundred.
package struct LedgerWindow {
    struct Amount: Hashable {
        package var messages = 0
        package var bytes = 0
    }

    package private(set) var limits: LedgerLimits
    private(set) var taken = Amount()
    private var reserve = Amount()
    /// What the streams may hold beyond their parts, all together.
    private var sharable = Amount()
    private var shared = Amount()
    private var streams: [Amount]

    init(limits: LedgerLimits, streams count: Int) {
        self.limits = limits
        streams = Array(repeating: Amount(), count: count)
        divide(limits, among: count)
    }

    /// Divides anew, into parts for so many streams. Who holds more than that leaves him now keeps it, and gets nothing
    /// more until it is less.
    package mutating func divide(_ limits: LedgerLimits, among count: Int) {
        self.limits = limits
        reserve = limits.reserve(streams: max(count, 1))
        sharable = Amount(
            messages: limits.inFlight - reserve.messages * count, bytes: limits.inFlightBytes - reserve.bytes * count)
        shared = streams.reduce(into: Amount()) { shared, held in
            shared.messages += max(0, held.messages - reserve.messages)
            shared.bytes += max(0, held.bytes - reserve.bytes)
        }
    }

    /// Makes a place for one more stream. Its part comes with the next division.
    package mutating func addStream() { streams.append(Amount()) }

    /// The most that one stream may hold.
    package var share: (messages: Int, bytes: Int) {
        (reserve.messages + sharable.messages, reserve.bytes + sharable.bytes)
    }

    /// What a stream holds.
    subscript(stream: Int) -> Amount { streams[stream] }

    /// Whether one more message of a stream may come in.
    func hasRoom(for bytes: Int, of stream: Int) -> Bool {
        let held = streams[stream]
        // An event that is larger than the window would never come through otherwise.
        if taken.messages == 0 { return true }
        guard taken.messages < limits.inFlight, taken.bytes + bytes <= limits.inFlightBytes else { return false }
        guard held.messages < reserve.messages || shared.messages < sharable.messages else { return false }
        // Nor one that is larger than a stream's part.
        if held.messages == 0 { return true }
        let beyond = max(0, held.bytes + bytes - reserve.bytes)
        return beyond == 0 || shared.bytes - max(0, held.bytes - reserve.bytes) + beyond <= sharable.bytes
    }

    mutating func add(_ bytes: Int, of stream: Int) { change(stream, messages: 1, bytes: bytes) }

    mutating func remove(_ bytes: Int, of stream: Int) { change(stream, messages: -1, bytes: -bytes) }

    private mutating func change(_ stream: Int, messages: Int, bytes: Int) {
        let before = streams[stream]
        let after = Amount(messages: before.messages + messages, bytes: before.bytes + bytes)
        streams[stream] = after
        taken.messages += messages
        taken.bytes += bytes
        shared.messages += max(0, after.messages - reserve.messages) - max(0, before.messages - reserve.messages)
        shared.bytes += max(0, after.bytes - reserve.bytes) - max(0, before.bytes - reserve.bytes)
    }
}
