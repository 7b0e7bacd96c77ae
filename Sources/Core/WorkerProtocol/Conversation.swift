/// What a worker has been given and has not answered for, and what each of its answers means for that.
///
/// Frames have numbers from 1 on, single messages too; only that of a batch is known to the worker.
public struct Conversation: Sendable {
    /// So many frames it may have in hand at once: as configured, or fewer as it said itself.
    public private(set) var prefetch: Int
    /// Whether it has said that it gives signs of life while it works.
    public private(set) var hasHeartbeat = false
    /// Whether it has said that it is ready.
    public private(set) var isReady = false
    /// How many messages or frames it has answered for.
    public private(set) var answers = 0
    /// How many of them had an older message beside them, or a frame before theirs, that was not answered for.
    public private(set) var answersOutOfOrder = 0

    /// The oldest first. There are few of them.
    private var frames: [SentFrame] = []
    /// The last frames that were answered for, so that an answer that comes twice is called that.
    private var former: [SentFrame] = []
    private var nextFormer = 0
    private var lastNumber: UInt64 = 0

    private static let mostFormer = 16

    /// Begins one, with nothing in hand.
    public init(prefetch: Int) {
        self.prefetch = max(prefetch, 1)
    }

    // MARK: What is in hand

    /// How many frames it owes an answer for.
    public var framesInHand: Int { frames.count }
    /// The number of the frame that it has owed an answer for longest; nil: none.
    public var oldestFrame: UInt64? { frames.first?.number }
    /// Whether the oldest frame is a batch; nil: there is none.
    public var oldestIsBatch: Bool? { frames.first?.isBatch }
    /// Whether it may be given another frame.
    public var hasRoom: Bool { frames.count < prefetch }
    /// How many messages it owes an answer for.
    public var messagesInHand: Int { frames.reduce(0) { $0 + $1.open } }
    /// The number that the next frame gets.
    public var nextFrame: UInt64 { lastNumber + 1 }

    /// Notes that it is given a single message, by its number; returns the number of the frame.
    @discardableResult
    public mutating func sent(_ sequence: UInt64) -> UInt64 {
        lastNumber += 1
        frames.append(SentFrame(number: lastNumber, message: sequence))
        return lastNumber
    }

    /// Notes that it is given a batch; returns the number of the frame.
    ///
    /// - Parameter sequences: the numbers of its messages, at least one, each once.
    @discardableResult
    public mutating func sent(batch sequences: some Collection<UInt64>) -> UInt64 {
        precondition(!sequences.isEmpty, "a batch of nothing")
        lastNumber += 1
        frames.append(SentFrame(number: lastNumber, batch: sequences))
        return lastNumber
    }

    // MARK: What it says

    /// Takes an answer.
    public mutating func take(_ answer: WorkerAnswer) throws(ProtocolFault) -> Meaning {
        switch answer {
        case .ready(let prefetch, let heartbeat):
            guard !isReady else { throw ProtocolFault("it said twice that it is ready", mend: Mend.ready) }
            guard answers == 0 else {
                throw ProtocolFault("it said that it is ready after its first answer", mend: Mend.ready)
            }
            isReady = true
            hasHeartbeat = heartbeat
            self.prefetch = min(self.prefetch, max(prefetch ?? self.prefetch, 1))
            return .ready
        case .log(let level, let message): return .log(level, message)
        case .progress(let sequence):
            let (place, index) = try find(sequence)
            guard !frames[place].isAnswered(index) else { throw Self.twice(sequence) }
            return .progress(place: place)
        case .outcome(let outcome, .message(let sequence)):
            return .answered(try answerMessage(sequence, outcome))
        case .outcome(let outcome, .frame(let number)):
            return .answered(answerRest(at: try place(ofFrame: number), .rest(outcome)))
        case .outcome(let outcome, .oldest):
            guard !frames.isEmpty else {
                throw ProtocolFault("it answered though it had nothing in hand", mend: Mend.once)
            }
            return .answered(answerRest(at: 0, .rest(outcome)))
        case .partial(let number, let outcomes):
            let place = try place(ofFrame: number)
            return .answered(answerRest(at: place, .exceptions(try exceptions(outcomes, at: place))))
        }
    }

    private mutating func answerMessage(
        _ sequence: UInt64, _ outcome: WorkerOutcome
    ) throws(ProtocolFault) -> Resolution {
        let (place, index) = try find(sequence)
        guard frames[place].isBatch else { return answerRest(at: place, .message(index, outcome)) }
        guard !frames[place].isAnswered(index) else { throw Self.twice(sequence) }
        if place > 0 || !frames[place].isOldestOpen(index) { answersOutOfOrder += 1 }
        answers += 1
        frames[place].answer(index)
        let resolution = Resolution(
            frame: frames[place].number, place: place, part: .message(index, outcome),
            completesFrame: frames[place].open == 0)
        if resolution.completesFrame { retire(place) }
        return resolution
    }

    private mutating func answerRest(at place: Int, _ part: Resolution.Part) -> Resolution {
        if place > 0 { answersOutOfOrder += 1 }
        answers += 1
        frames[place].answerAll()
        defer { retire(place) }
        return Resolution(frame: frames[place].number, place: place, part: part, completesFrame: true)
    }

    /// Takes a frame out of hand.
    private mutating func retire(_ place: Int) {
        let frame = frames.remove(at: place)
        if former.count < Self.mostFormer {
            former.append(frame)
        } else {
            former[nextFormer] = frame
            nextFormer = (nextFormer + 1) % Self.mostFormer
        }
    }

    private func exceptions(
        _ outcomes: [UInt64: WorkerOutcome], at place: Int
    ) throws(ProtocolFault) -> [Resolution.Exception] {
        let frame = frames[place]
        var exceptions: [Resolution.Exception] = []
        exceptions.reserveCapacity(outcomes.count)
        for (sequence, outcome) in outcomes {
            guard let index = frame.index(of: sequence) else {
                throw ProtocolFault(
                    "a partial answer names message \(sequence), which is not in frame \(frame.number)",
                    mend: "name those of \"batch\" only")
            }
            guard !frame.isAnswered(index) else { throw Self.twice(sequence) }
            exceptions.append(Resolution.Exception(index, outcome))
        }
        return exceptions.sorted { $0.index < $1.index }
    }

    private func find(_ sequence: UInt64) throws(ProtocolFault) -> (place: Int, index: Int) {
        for (place, frame) in frames.enumerated() {
            if let index = frame.index(of: sequence) { return (place, index) }
        }
        if former.contains(where: { $0.index(of: sequence) != nil }) { throw Self.twice(sequence) }
        throw ProtocolFault("it answered for message \(sequence), which it does not have", mend: Mend.seq)
    }

    private func place(ofFrame number: UInt64) throws(ProtocolFault) -> Int {
        // A single message's frame has no number that it could know.
        if let place = frames.firstIndex(where: { $0.number == number && $0.isBatch }) {
            return place
        }
        if former.contains(where: { $0.number == number && $0.isBatch }) {
            throw ProtocolFault(
                "it answered for frame \(number), all of which was answered for before",
                mend: "answer for a batch as a whole, with \"partial\", or for each of its messages")
        }
        throw ProtocolFault(
            "it answered for frame \(number), which it does not have",
            mend: "\"frame\" is the number that a batch has; a single message is answered for by its \"seq\"")
    }

    private static func twice(_ sequence: UInt64) -> ProtocolFault {
        ProtocolFault("it answered for message \(sequence) twice", mend: Mend.once)
    }
}

extension Mend {
    static let ready = #"{"ready":1} comes once, before all answers"#
    static let once = "answer once for each message; other output belongs to stderr"
    static let seq = "send back the message's own \"seq\""
}
