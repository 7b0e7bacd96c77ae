import Locking
import NIOCore

/// What many have said to one question.
public struct GatheredAnswers: Sendable {
    /// The answers, in the order in which they came.
    public var answers: [[UInt8]] = []
    /// How many more came than were taken.
    public var leftOut = 0
}

/// What comes to one inbox, up to its bounds.
private final class Gathering: CallbackTarget {
    private let state = Locked((gathered: GatheredAnswers(), bytes: 0))
    private let (most, mostBytes, mostEach): (Int, Int, Int)

    init(most: Int, mostBytes: Int, mostEach: Int) {
        (self.most, self.mostBytes, self.mostEach) = (most, mostBytes, mostEach)
    }

    var gathered: GatheredAnswers { state.withLock(\.gathered) }

    func arrived(_ message: borrowing ArrivedMessage) {
        // Nobody there is no answer.
        guard message.status == nil else { return }
        let bytes = message.bytes
        state.withLock { state in
            guard bytes.count <= mostEach, state.gathered.answers.count < most, state.bytes + bytes.count <= mostBytes
            else { return state.gathered.leftOut += 1 }
            state.bytes += bytes.count
            state.gathered.answers.append(Array(bytes))
        }
    }

    func changed(_ change: ConnectionChange) {}
}

extension NATSConnection {
    /// Asks everybody who listens, and takes what comes for a time.
    ///
    /// - Parameters:
    ///   - time: so long; or until the task is cancelled.
    ///   - most: at most so many answers.
    ///   - mostBytes: of so many bytes together.
    ///   - mostEach: of so many bytes each.
    public func gather(
        _ subject: String, _ payload: [UInt8] = [], for time: Duration, most: Int, mostBytes: Int, mostEach: Int
    ) async throws(NATSError) -> GatheredAnswers {
        let outgoing = Outgoing(subject: subject, payload: ByteBuffer(bytes: payload))
        if let fault = outgoing.fault { throw fault }
        let gathering = Gathering(most: most, mostBytes: mostBytes, mostEach: mostEach)
        let number = Callbacks.register(gathering)
        defer { Callbacks.remove(number) }
        // What is not taken from the library in time is dropped there.
        let limits = (messages: Int32(clamping: most * 2), bytes: Int32(clamping: mostBytes * 2))
        let inbox = NATSSession.newInbox() + "all"
        let isAsked = onWire { session in
            if session.subscribe(to: inbox, target: number, limits: limits) == nil {
                _ = session.send(outgoing, replyTo: inbox)
            }
        }
        guard isAsked else { throw whyNot }
        try? await Task.sleep(for: time)
        onWire { $0.unsubscribe(inbox) }
        return gathering.gathered
    }
}
