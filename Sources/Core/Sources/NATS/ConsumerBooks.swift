import DequeModule
import JetStream
import Pipeline

/// What of a consumer's messages is here, and what is to be said of it to the broker. A value without clock or connection.
///
/// Each message is held from its delivery to its settlement: in the queue, or in the tree. A message that is delivered again while
/// it is held takes the later delivery's place for its acknowledgement, and is not admitted twice. What may be what ends whole
/// daemons is a suspect: it waits until nothing else is held, and is brought alone.
struct ConsumerBooks {
    private struct Held {
        var reply: AckSubject
        let size: Int
        var touched: ContinuousClock.Instant
        /// Whether its stream is another one now: nothing is said of it any more.
        var isOrphan = false
    }

    /// What follows from a delivery.
    struct Arrival: Equatable {
        /// Was settled before, and its acknowledgement was lost: it is said again.
        var settled: [(reply: AckSubject, how: SettlementNotice.Bin)] = []
        /// Whether some wait to be brought.
        var hasNews = false

        static func == (left: Self, right: Self) -> Bool {
            left.hasNews == right.hasNews && left.settled.elementsEqual(right.settled) { $0 == $1 }
        }
    }

    /// What is to be brought next.
    enum Next {
        case nothing
        case batch([PulledMessage])
        /// A suspect, while nothing else is held.
        case alone(PulledMessage)
    }

    /// What is to be said of settled messages.
    struct Settled: Equatable {
        var done: [AckSubject] = []
        var terminated: [AckSubject] = []
        /// The suspect that was brought alone, if it is one of them.
        var suspect: SuspectKey?
    }

    /// The most that may be held.
    private(set) var window = (messages: 0, bytes: 0)
    /// From so many deliveries on a message is a suspect.
    var maxDeliveries: Int

    private var held: [UInt64: Held] = [:]
    private var heldBytes = 0
    private var queue: [PulledMessage] = []
    private var suspects: Deque<PulledMessage> = []
    private var alone: (key: SuspectKey, sequence: UInt64)?
    /// How many were brought and are not settled.
    private var brought = 0
    private var granted = (messages: 0, bytes: 0)
    private var recent = RecentlySettled()

    /// Deliveries that were not the first of their message.
    private(set) var redelivered: UInt64 = 0
    /// Those of them that were recognised, since the message was held, or settled of late.
    private(set) var repeated: UInt64 = 0

    init(maxDeliveries: Int) { self.maxDeliveries = maxDeliveries }

    var heldCount: Int { held.count }

    /// Whether nothing is to be asked for: suspects are dealt one after another.
    var hasSuspects: Bool { alone != nil || !suspects.isEmpty }

    // MARK: What is asked for

    /// - Parameter bytes: there is always room for one message of the broker's largest.
    mutating func setWindow(messages: Int, bytes: Int) { window = (max(messages, 1), max(bytes, 1)) }

    /// Nothing is asked for any more: what was granted is void.
    mutating func forgetGrants() { granted = (0, 0) }

    /// What is granted more, or less, than before: what the window has free beyond what is on its way. Nil: nothing, or so little that it
    /// can wait, since each grant costs a way to the broker.
    mutating func grant() -> (messages: Int, bytes: Int)? {
        let more = (
            messages: window.messages - held.count - granted.messages, bytes: window.bytes - heldBytes - granted.bytes
        )
        func isWorth(_ more: Int, _ granted: Int, of window: Int) -> Bool {
            let part = max(window / 8, 1)
            return more < 0 || more >= part || more > 0 && granted <= part
        }
        guard
            isWorth(more.messages, granted.messages, of: window.messages)
                || isWorth(more.bytes, granted.bytes, of: window.bytes)
        else { return nil }
        granted.messages += more.messages
        granted.bytes += more.bytes
        return more
    }

    // MARK: What comes

    /// Takes deliveries.
    ///
    /// - Parameter isAsked: whether they come to whom the present grants belong.
    mutating func arrived(_ messages: [PulledMessage], isAsked: Bool, at now: ContinuousClock.Instant) -> Arrival {
        var arrival = Arrival()
        for message in messages {
            if isAsked {
                granted.messages -= 1
                granted.bytes -= message.size
            }
            // With the number, the time tells a message from one of a stream that was made anew under the same name.
            let (sequence, storedAt) = (message.delivery.sequence, message.delivery.storedAt)
            if message.delivery.count > 1 { redelivered += 1 }
            if let place = held.index(forKey: sequence) {
                // Another one of this number waits until the first has gone: it is delivered again.
                guard held.values[place].reply.delivery.storedAt == storedAt, !held.values[place].isOrphan else {
                    continue
                }
                held.values[place].reply = message.reply
                held.values[place].touched = now
                repeated += 1
                continue
            }
            if let how = recent.how(sequence, storedAt: storedAt) {
                arrival.settled.append((message.reply, how))
                repeated += 1
                continue
            }
            held[sequence] = Held(reply: message.reply, size: message.size, touched: now)
            heldBytes += message.size
            arrival.hasNews = true
            if message.delivery.count >= maxDeliveries {
                // It may wait long, and is not to keep what came with it in memory.
                suspects.append(message.alone)
            } else {
                queue.append(message)
            }
        }
        return arrival
    }

    /// Takes what is to be brought next.
    mutating func next() -> Next {
        guard alone == nil else { return .nothing }
        if !queue.isEmpty {
            var batch: [PulledMessage] = []
            swap(&batch, &queue)
            brought += batch.count
            return .batch(batch)
        }
        guard brought == 0, let suspect = suspects.popFirst() else { return .nothing }
        alone = (SuspectKey(suspect), suspect.delivery.sequence)
        brought += 1
        return .alone(suspect)
    }

    /// Takes back what could not be brought.
    mutating func takeBack(_ messages: [PulledMessage]) {
        brought -= messages.count
        if let suspect = alone, messages.contains(where: { $0.delivery.sequence == suspect.sequence }) {
            alone = nil
            suspects = Deque(messages) + suspects
        } else {
            queue = messages + queue
        }
    }

    // MARK: What goes

    /// Takes the ends of messages.
    mutating func settled(_ notices: [SettlementNotice], at now: ContinuousClock.Instant) -> Settled {
        var settled = Settled()
        settled.done.reserveCapacity(notices.count)
        for notice in notices {
            guard let message = held.removeValue(forKey: notice.receipt) else { continue }
            heldBytes -= message.size
            brought -= 1
            if alone?.sequence == notice.receipt { settled.suspect = alone.take()?.key }
            guard !message.isOrphan else { continue }
            recent.add(message.reply, notice.how, at: now)
            switch notice.how {
            case .processed, .killed: settled.done.append(message.reply)
            case .deadLettered: settled.terminated.append(message.reply)
            }
        }
        return settled
    }

    /// What was said since then, or a little before: to be said again, since the connection was lost.
    func settled(since moment: ContinuousClock.Instant) -> Settled {
        var settled = Settled()
        for (reply, how) in recent.settled(since: moment) {
            if how == .deadLettered { settled.terminated.append(reply) } else { settled.done.append(reply) }
        }
        return settled
    }

    /// Of which it is to be said that they are in progress: of which that was not said for so long.
    mutating func due(after pause: Duration, at now: ContinuousClock.Instant) -> [AckSubject] {
        var replies: [AckSubject] = []
        for (sequence, message) in held where message.touched + pause <= now && !message.isOrphan {
            held[sequence]?.touched = now
            replies.append(message.reply)
        }
        recent.forget(at: now)
        return replies
    }

    /// Nobody brings anything for now: what was not brought is given back. Returns what is to be delivered again.
    mutating func giveBackUnbrought() -> [AckSubject] {
        let messages = queue + suspects
        queue.removeAll()
        suspects.removeAll()
        return messages.compactMap { message in
            guard let gone = held.removeValue(forKey: message.delivery.sequence) else { return nil }
            heldBytes -= gone.size
            return gone.isOrphan ? nil : gone.reply
        }
    }

    /// It is over: all that is held is given back. Returns that, and the suspect that was brought alone, if there is one.
    mutating func giveBackAll() -> (replies: [AckSubject], suspect: SuspectKey?) {
        defer {
            let (most, redelivered, repeated) = (maxDeliveries, redelivered, repeated)
            self = ConsumerBooks(maxDeliveries: most)
            (self.redelivered, self.repeated) = (redelivered, repeated)
        }
        return (held.values.filter { !$0.isOrphan }.map(\.reply), alone?.key)
    }

    /// The stream is not there any more, or is another one under its name: nothing that came of it can be acknowledged.
    mutating func orphan() {
        for sequence in held.keys { held[sequence]?.isOrphan = true }
        recent = RecentlySettled()
    }
}
