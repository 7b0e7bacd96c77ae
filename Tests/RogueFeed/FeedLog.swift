import Locking
import TestKit

/// All events of one stream: what they are, where a client that comes back goes on, and how often each was sent.
///
/// Event `n` (from 0) is a function of the seed and `n`, so nothing of it is kept. What the client asks to go on after it
/// has settled, by the contract; what lies before that is forgotten, so a client that asks too early is found out.
final class FeedLog: Sendable {
    /// The largest event that is not meant to be too large.
    static let largest = 16 << 10

    let name: String
    let shape: Shape
    private let seed: UInt64
    /// One event in so many is larger than a client that is told so takes.
    private let oversizeEvery: Int?
    private let state: Locked<State>

    private struct State {
        var count = 0
        var oldest = 0
        var sent: [UInt16] = []
        /// The status with which every ID is refused at the time.
        var amnesia: Int?
        /// The first ID that was refused, for whatever reason, since one was last taken: the one that the client goes on from.
        var refused: String?
        /// An ID that was taken only after another had been refused: what lies before it cannot be taken as settled.
        var doubtful: String?
        /// A status that whoever asks gets, and how often still.
        var outage: (answer: Int, left: Int)?
        var figures = Figures()
    }

    /// What happened to a stream.
    struct Figures: Sendable {
        var requests = 0
        var refusals = 0
        var refusedIDs = 0
        var fromOldest = 0
        /// IDs that no event has, or of events before what the client itself called settled.
        var strangeIDs: [String] = []
    }

    init(name: String, shape: Shape, seed: UInt64, oversizeEvery: Int? = nil) {
        self.name = name
        self.shape = shape
        self.seed = seed ^ name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        self.oversizeEvery = oversizeEvery
        state = Locked(State())
    }

    // MARK: The log

    /// How many events there are.
    var count: Int { state.withLock { $0.count } }

    /// How often each was sent whole.
    var sent: [UInt16] { state.withLock { $0.sent } }

    var figures: Figures { state.withLock { $0.figures } }

    /// Something new has happened, so many times.
    func grow(by events: Int) {
        state.withLock { state in
            state.count += events
            state.sent += Array(repeating: 0, count: events)
        }
    }

    /// Event `serial` has been handed to the socket to its last byte.
    func noteSent(_ serial: Int) {
        state.withLock { $0.sent[serial] = $0.sent[serial] == .max ? .max : $0.sent[serial] + 1 }
    }

    /// Whether the event is larger than the limit a client is to have.
    func isOversize(_ serial: Int) -> Bool {
        guard let oversizeEvery else { return false }
        return serial % oversizeEvery == oversizeEvery / 2
    }

    // MARK: Going on

    /// Where to begin for a client that brings this ID; takes it as settled up to there.
    func start(after id: String) -> Int {
        state.withLock { state in
            guard !id.isEmpty else {
                state.figures.fromOldest += 1
                return state.oldest
            }
            if let refused = state.refused, refused != id { state.doubtful = id }
            state.refused = nil
            // An ID that comes back stands for its first row, which may lie before the last one that was asked for.
            let possible = max(0, state.oldest - shape.blockLength)...state.count
            guard let known = serial(after: id), possible.contains(known) else {
                if state.figures.strangeIDs.count < 20 { state.figures.strangeIDs.append(String(id.prefix(60))) }
                state.figures.fromOldest += 1
                return state.oldest
            }
            guard state.doubtful != id else {
                state.figures.fromOldest += 1
                return state.oldest
            }
            state.doubtful = nil
            state.oldest = max(state.oldest, known)
            return known
        }
    }

    /// How many events lie before what an ID stands for; nil when it is nobody's.
    func serial(after id: String) -> Int? {
        let parts = id.prefix { $0 != "-" }.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let block = Int(parts[0]), let token = Int(parts[1]), block >= 0, block < 1 << 40,
            let sent = shape.block(block, seed: seed).sent(after: token)
        else { return nil }
        return block * shape.blockLength + sent
    }

    // MARK: Moods

    /// From now on every ID is refused with the status, until ``remember()``.
    func forget(_ status: Int) { state.withLock { $0.amnesia = status } }

    func remember() { state.withLock { $0.amnesia = nil } }

    /// The status with which the ID is refused, if it is.
    func refusal(of id: String) -> Int? {
        state.withLock { state in
            guard !id.isEmpty, let status = state.amnesia else { return nil }
            state.refused = state.refused ?? id
            state.figures.refusedIDs += 1
            return status
        }
    }

    /// Whoever asks, with an ID or without, gets the same answer so many times.
    func beginOutage(_ answer: Int, times: Int) { state.withLock { $0.outage = (answer, times) } }

    /// The answer of the outage there is, which is over the sooner.
    func outage() -> Int? {
        state.withLock { state in
            guard let outage = state.outage else { return nil }
            state.outage = outage.left > 1 ? (outage.answer, outage.left - 1) : nil
            return outage.answer
        }
    }

    func endOutage() { state.withLock { $0.outage = nil } }

    func noteRequest() { state.withLock { $0.figures.requests += 1 } }

    func noteRefusal(of id: String) {
        state.withLock { state in
            state.figures.refusals += 1
            if !id.isEmpty { state.refused = state.refused ?? id }
        }
    }
}

// MARK: What the events look like

extension FeedLog {
    /// The bytes of an event, and of an ID without data after it where the block ends with one.
    func bytes(of serial: Int) -> [UInt8] {
        let (number, index) = serial.quotientAndRemainder(dividingBy: shape.blockLength)
        let block = shape.block(number, seed: seed)
        var random = SeededGenerator(seed: seed &+ UInt64(serial) &* 0xd134_2543_de82_ef95)
        let end = ["\n", "\r\n", "\r"][random.below(3)]
        var text = ""
        if random.chance(5) { text += ": a comment with data: in it" + end }
        switch block.marks[index] {
        case .id(let token): text += "id: \(number).\(token)" + end
        case .long(let token):
            text += "id: \(number).\(token)-" + String(repeating: "x", count: 9000) + end
        case .reset: text += (random.chance(50) ? "id" : "id:") + end
        case .inherited: break
        }
        if random.chance(20) { text += "event: update" + end }
        text += "data: \(line(serial))" + end + end
        if block.isClosed, index == block.marks.count - 1 {
            text += "id: \(number).\(Shape.Block.closing)" + end + end
        }
        return Array(text.utf8)
    }

    /// The data of an event: the stream, the number, and a filler whose length is said before it.
    func line(_ serial: Int) -> String {
        let length = isOversize(serial) ? 2 * Self.largest : (serial &* 37) % 90
        return "\(name)/\(serial) \(length) " + String(repeating: "z", count: length)
    }
}

extension FeedLog {
    /// Reads what ``line(_:)`` has made.
    ///
    /// - Returns: nil when a byte is missing or too many.
    static func parse(_ line: some StringProtocol) -> (name: String, serial: Int)? {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, let slash = parts[0].lastIndex(of: "/"),
            let serial = Int(parts[0][parts[0].index(after: slash)...]), let length = Int(parts[1]),
            parts[2].utf8.count == length, parts[2].utf8.allSatisfy({ $0 == UInt8(ascii: "z") })
        else { return nil }
        return (String(parts[0][..<slash]), serial)
    }
}
