import DequeModule

// State that outlives the process.
extension Ledger {
    /// Frees what is kept longer than it is needed. To be called before ``unstored()``.
    package mutating func compact() {
        for place in streams.indices where streams[place].isUnstored { streams[place].compact(hash) }
    }

    /// The checkpoints that have moved since they were last stored, and the dead letters that they pass.
    package func unstored() -> Unstored {
        var unstored = Unstored(
            letters: unsaved.letters, receipts: unsaved.receipts, end: unsaved.end, dropped: unsaved.unstoredDropped,
            replays: replays.settled)
        for (place, stream) in streams.enumerated() where stream.isUnstored {
            unstored.checkpoints.append(stream.checkpoint(hash))
            unstored.marks.append(Unstored.Mark(place: place, number: stream.number, mark: stream.mark))
        }
        return unstored
    }

    /// Notes that nothing is stored any more, so that all that is known is stored anew.
    package mutating func forgetStored() {
        for index in streams.indices { streams[index].forgetStored() }
    }

    /// Notes that these have been stored. One commit at a time: what is under way twice would be stored twice.
    package mutating func stored(_ state: Unstored) {
        unsaved.stored(state.letters, before: state.end, dropped: state.dropped)
        replays.stored(state.replays, state.letters)
        for letter in state.receipts { noteStored(letter.receipt) }
        // By number: the name, and the place, may be another stream's by now.
        for mark in state.marks where streams[mark.place].number == mark.number {
            streams[mark.place].stored(mark.mark)
        }
    }
}

/// What the ledger has for the store.
package struct Unstored: Sendable {
    /// What of a stream is in it.
    fileprivate struct Mark {
        let place: Int
        let number: UInt64
        let mark: UInt64
    }

    /// Shared with the ledger, so that nothing is copied under its lock.
    fileprivate let letters: Deque<DeadLetter>
    /// Of those letters that have one. Also of what is dropped while it is being stored.
    fileprivate let receipts: Deque<(number: Int, receipt: LetterReceipt)>
    /// Stands for the last of the dead letters.
    package let end: Int
    package fileprivate(set) var checkpoints: [Checkpoint] = []
    fileprivate var marks: [Mark] = []
    /// Dead letters that were dropped since that was last stored, by their stream.
    fileprivate let dropped: [String: Int]
    /// Shared for the same reason.
    fileprivate let replays: Set<Int64>

    fileprivate init(
        letters: Deque<DeadLetter>, receipts: Deque<(number: Int, receipt: LetterReceipt)>, end: Int,
        dropped: [String: Int], replays: Set<Int64>
    ) {
        self.letters = letters
        self.receipts = receipts
        self.end = end
        self.dropped = dropped
        self.replays = replays
    }

    package var deadLetters: [DeadLetter] { letters.isEmpty ? [] : Array(letters) }
    /// How much it is, for people.
    package var amount: UnstoredState {
        UnstoredState(
            deadLetters: letters.count + dropped.values.reduce(0, +), streams: checkpoints.count, replays: replays.count
        )
    }
    package var isEmpty: Bool { letters.isEmpty && checkpoints.isEmpty && replays.isEmpty && dropped.isEmpty }

    /// As a transaction.
    package var commit: StateCommit {
        StateCommit(
            deadLetters: deadLetters, checkpoints: checkpoints, settledReplays: replays.sorted(), dropped: dropped)
    }
}
