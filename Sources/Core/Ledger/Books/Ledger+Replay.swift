import DequeModule

/// The stored dead letters that are being replayed.
///
/// A letter is here from the moment an operator sends it on its way until the store has confirmed what became of it, so
/// that it is not replayed twice at once. It stays in the store for just as long: whenever the process ends, it is either
/// there or answered for. Bounded by the store, since each letter is here at most once.
package struct Replays {
    /// How far a letter has come.
    private enum Stage {
        /// Nobody else may send it on its way.
        case taken
        /// Its message was admitted.
        case admitted
    }

    private var underway: [Int64: Stage] = [:]
    /// Those that were settled; the store is to delete them.
    private(set) var settled: Set<Int64> = []

    package var count: Int { underway.count }

    /// False: it is on its way already.
    package mutating func begin(_ id: Int64) -> Bool {
        guard underway[id] == nil else { return false }
        underway[id] = .taken
        return true
    }

    package func isUnderway(_ id: Int64) -> Bool { underway[id] != nil }

    /// Its message was admitted.
    mutating func enter(_ id: Int64) { underway[id] = .admitted }

    /// Notes that a letter is not on its way after all. False: its message was admitted.
    package mutating func giveBack(_ id: Int64) -> Bool {
        guard underway[id] == .taken else { return false }
        underway[id] = nil
        return true
    }

    package mutating func settle(_ id: Int64) { settled.insert(id) }

    /// Notes that a letter is not on its way any more.
    package mutating func release(_ id: Int64) { underway[id] = nil }

    /// Notes that a letter was dropped, so that the one in the store remains; it may be replayed again.
    package mutating func release(_ letter: DeadLetter) {
        if let id = letter.replayOf { release(id) }
    }

    /// Notes that the store has deleted these, and those that these letters replace.
    package mutating func stored(_ ids: Set<Int64>, _ letters: Deque<DeadLetter>) {
        if !ids.isEmpty {
            settled.subtract(ids)
            for id in ids { underway[id] = nil }
        }
        if !underway.isEmpty { for letter in letters { release(letter) } }
    }
}

extension Ledger {
    /// Admits dead letters anew, in their order, until the window of their stream is full. Returns how many it took.
    ///
    /// They count as received, and take room in the window as any message of the stream. They are no part of its order:
    /// they move neither its position nor the id that it goes on from, and its span does not hold them up.
    package mutating func admit(_ letters: ArraySlice<StoredDeadLetter>, stream: Int, receivedAt: Duration) -> Int {
        for (count, stored) in letters.enumerated() {
            let letter = stored.letter
            let event = Event(id: letter.eventID, type: letter.type, data: letter.data)
            let bytes = event.storageBytes
            guard breaker.admits(queued: queuedCount), window.hasRoom(for: bytes, of: stream) else {
                checkInvariants()
                return count
            }
            let details = Message.Details(
                block: held.add(alone: bytes), isKill: isKill(event), replayOf: stored.id,
                storedIdentity: letter.identity)
            let message = Message(
                Message.Content(event), sequence: nextSequence, stream: streams[stream].name, ordinal: 0,
                receivedAt: receivedAt, details: details)
            enter(message, event.standing, holding: bytes)
            replays.enter(stored.id)
        }
        checkInvariants()
        return letters.count
    }
}
