import NIOCore

/// A connection that was asked for with the position before the open run: the server is to send that run again, from its
/// first event on.
package struct Resend {
    /// What is known of an event that was not settled when the connection was opened.
    package enum Held {
        case slot(Int, sequence: UInt64)
        /// It has been settled since.
        case hash(ShortHash)
    }

    /// The ID that the connection was asked for with. What comes with it before the open run does is no commit of that run: a
    /// greeting without an ID of its own.
    let asked: ByteBuffer
    /// Whether an event of the open run has come.
    var hasBegun = false
    /// The ordinal of the run's next event.
    var next: UInt64 = 1
    /// The events of the run that were held, by their ordinals.
    var held: [UInt64: Held]
}

/// What an event is to its stream.
enum Novelty {
    /// It is held or settled already.
    case repeated
    /// It is the event of an ordinal of which nothing is known any more: it is taken again.
    case unknown(ordinal: UInt64)
    /// It has not been here.
    case new
    /// It is new, and of no run: see ``Resend/asked``.
    case greeting
}

extension StreamLedger {
    /// A connection is open that was asked for with `id`, after the server had refused others.
    ///
    /// - Parameter held: the messages of the open run that are not settled.
    package mutating func opened(after id: ByteBuffer, refused: [ByteBuffer], held: [UInt64: Resend.Held]) {
        resend = nil
        if !refused.isEmpty { refusals += 1 }
        if id == runs.resumption, id.readableBytes > 0 || refused.isEmpty {
            guard let open = runs.open, open.id.readableBytes > 0, open.id != id else { return }
            resend = Resend(asked: id, held: held)
            runs.expect()
        } else if let open = runs.open, open.id.readableBytes > 0, id == open.id {
            // Where the ordinals go on, too.
            runs.adoptOpenRun()
        } else if id.readableBytes == 0 {
            // The server may have lost all it knew, and its IDs may mean other events now: nothing is recognised any more.
            runs.abandon()
            tail.removeAll()
        }
    }

    /// What an event is. Asked before it is admitted, and perhaps again, when there was no room.
    func novelty(of event: Event, _ hash: KeyedHash, in slots: [Slot]) -> Novelty {
        guard let resend, let open = runs.open else { return .new }
        guard event.id == open.id else {
            return !resend.hasBegun && event.id == resend.asked ? .greeting : .new
        }
        // More than there was: from here on the run is new.
        guard resend.next <= open.known else { return .new }
        let isSame: Bool?
        switch resend.held[resend.next] {
        case .slot(let place, let sequence):
            guard let message = slots[place].message, message.sequence == sequence else { return .new }
            isSame = message.event.isSame(as: event)
        case .hash(let known): isSame = known == hash(event)
        case nil: isSame = tail.holds(event, ordinal: resend.next, hash)
        }
        // Not what was there: the server does not send the run again, but goes on with it.
        return switch isSame {
        case true: .repeated
        case false: .new
        case nil: .unknown(ordinal: resend.next)
        }
    }

    /// The same of one of which nothing but its ID may be known.
    func novelty(of event: Event?, _ id: ByteBuffer, _ hash: KeyedHash, in slots: [Slot]) -> Novelty {
        if let event { return novelty(of: event, hash, in: slots) }
        guard let resend, let open = runs.open else { return .new }
        guard id == open.id else { return !resend.hasBegun && id == resend.asked ? .greeting : .new }
        return resend.next <= open.known ? .unknown(ordinal: resend.next) : .new
    }

    /// An event came that is held or settled already.
    mutating func takeRepeated() {
        repeated += 1
        stepResend()
    }

    mutating func stepResend() {
        runs.see()
        resend?.next += 1
        resend?.hasBegun = true
    }
}
