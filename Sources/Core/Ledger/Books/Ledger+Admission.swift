import NIOCore

/// What a receiver brought, and how much of it has been taken.
package struct Arrival {
    /// What came beside the events.
    package enum Aside: Sendable {
        case commit(EventCommit)
        case filtered(FilteredEvents)

        /// How many of the events came before it.
        var eventsBefore: Int {
            switch self {
            case .commit(let commit): commit.eventsBefore
            case .filtered(let filtered): filtered.eventsBefore
            }
        }

        var id: ByteBuffer {
            switch self {
            case .commit(let commit): commit.id
            case .filtered(let filtered): filtered.id
            }
        }
    }

    package let batch: PackedEvents
    package let asides: [Aside]
    /// Whether it was brought before an operator set the position: it is worked on, and is no part of the stream's order.
    package var isDetached = false
    /// The source that is told what becomes of it, see ``SourceTable``; 0: none.
    package let recipient: UInt64
    /// How many of each have been taken.
    package fileprivate(set) var takenEvents = 0
    private var takenAsides = 0

    /// - Parameter start: how many of the events are not to be taken.
    package init(_ batch: PackedEvents, commits: [EventCommit] = [], from start: Int = 0, recipient: UInt64 = 0) {
        self.init(batch, asides: commits.map(Aside.commit), recipient: recipient)
        takenEvents = start
    }

    package init(_ batch: PackedEvents, asides: [Aside], recipient: UInt64 = 0) {
        self.batch = batch
        self.recipient = recipient
        self.asides = asides
    }

    /// How many events it has.
    package var count: Int { batch.contents.count }

    /// Whether all of it that was not taken has an ID.
    package var hasIDs: Bool { batch.contents[takenEvents...].allSatisfy { $0.event.idBytes > 0 } }

    package var isTaken: Bool { takenEvents == count && takenAsides == asides.count }

    /// How many filtered events of it have not been taken.
    package var waitingFiltered: Int {
        asides[takenAsides...].reduce(0) { count, aside in
            guard case .filtered(let filtered) = aside else { return count }
            return count + filtered.count + filtered.passedOver
        }
    }

    fileprivate var hasAside: Bool { takenAsides < asides.count }

    /// What stands aside next, if it comes before the next event.
    fileprivate mutating func nextAside() -> Aside? {
        guard hasAside else { return nil }
        let aside = asides[takenAsides]
        guard aside.eventsBefore <= takenEvents || takenEvents == count else { return nil }
        takenAsides += 1
        return aside
    }
}

extension Ledger {
    /// Takes of what a receiver brought up to `limit` events, until the window of the stream is full. Returns how many it
    /// admitted: events that are recognised as repeated are not, and need no room.
    package mutating func admit(_ arrival: inout Arrival, limit: Int, stream: Int, receivedAt: Duration) -> Int {
        defer { checkInvariants() }
        var admitted = 0
        let (contents, blocks) = (arrival.batch.contents, arrival.batch.blocks)
        var block = arrival.batch.block(of: arrival.takenEvents)
        let end = min(arrival.takenEvents + limit, contents.count)
        while true {
            while arrival.hasAside, let aside = arrival.nextAside() { take(aside, of: arrival, stream: stream) }
            let index = arrival.takenEvents
            guard index < end else { return admitted }
            let content = contents[index]
            // What has a receipt is waited for by its source, whatever it resembles.
            let novelty: Novelty =
                streams[stream].resend == nil || arrival.isDetached || content.event.receipt != nil
                ? .new : streams[stream].novelty(of: content.event, hash, in: slots)
            if case .repeated = novelty {
                streams[stream].takeRepeated()
            } else {
                while block < blocks.count, blocks[block].end <= index { block += 1 }
                let memory = block < blocks.count ? blocks[block] : nil
                let bytes = memory.map { held.cost(of: $0, stream: stream) } ?? content.event.heldBytes
                guard hasRoom(for: bytes, of: stream) else { return admitted }
                var details = Message.Details(isKill: isKill(content.event))
                var ordinal: UInt64 = 0
                if !arrival.isDetached {
                    (ordinal, details.run, details.runOrdinal) = streams[stream].admit(content.event, novelty)
                }
                if content.event.receipt != nil { details.recipient = arrival.recipient }
                if let memory { details.block = held.add(memory, stream: stream) }
                let message = Message(
                    content, sequence: nextSequence, stream: streams[stream].name, ordinal: ordinal,
                    receivedAt: receivedAt, details: details)
                enter(message, content.event.standing, holding: bytes)
                admitted += 1
            }
            arrival.takenEvents += 1
        }
    }

    /// Takes what needs no room.
    private mutating func take(_ aside: Arrival.Aside, of arrival: Arrival, stream: Int) {
        switch aside {
        case .commit(let commit):
            if !arrival.isDetached { streams[stream].take(commit) }
        case .filtered(let filtered):
            let isNew = arrival.isDetached ? filtered.count : streams[stream].take(filtered, hash, in: slots)
            countFiltered(isNew + filtered.passedOver, of: stream)
            for receipt in filtered.receipts { note(.processed, receipt, of: stream, to: arrival.recipient) }
        }
    }

    /// A connection of a stream is open; see ``StreamLedger/opened(after:refused:held:)``.
    package mutating func opened(_ stream: Int, after id: ByteBuffer, refused: [ByteBuffer]) {
        var held: [UInt64: Resend.Held] = [:]
        if !isIdle(stream) {
            let run = streams[stream].runs.openNumber
            for (place, slot) in slots.enumerated() {
                guard let message = slot.message, message.stream.index == stream, message.run == run,
                    message.runOrdinal > 0
                else { continue }
                held[message.runOrdinal] = .slot(place, sequence: message.sequence)
            }
        }
        streams[stream].opened(after: id, refused: refused, held: held)
    }
}
