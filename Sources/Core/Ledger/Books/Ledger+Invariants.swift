/// What is always so of a ledger, whoever crashes around it. The text says it of one in which it is not.
package enum LedgerInvariant: String, Sendable, CaseIterable {
    case balance = "what was received is not what is in flight and what was settled"
    case stages = "what is in flight is not what is queued, leased, finished and delayed"
    case window = "what the window holds is not what is in flight"
    case slots = "a message is not where its slot says"
    case order = "the queue is not in the order of admission"
    case bytes = "the bytes that the window holds are not those of the messages"
    case leases = "a lease is not that of its message"
}

/// How often a ledger was found to be wrong. It works on all the same: what it holds is worth more than its being right.
package struct BrokenInvariants: Sendable {
    private var counts: [LedgerInvariant: UInt64] = [:]
    private var unreported: [LedgerInvariant] = []

    /// How often in all.
    package var count: UInt64 { counts.values.reduce(0, +) }
    package var isEmpty: Bool { counts.isEmpty }
    /// What was found.
    package var kinds: [LedgerInvariant] { LedgerInvariant.allCases.filter { counts[$0] != nil } }

    /// What was found, in words; nil: nothing.
    package var complaint: String? {
        guard !isEmpty else { return nil }
        let found = kinds.map(\.rawValue).joined(separator: "; ")
        return "the books are wrong (\(found)): a fault of ptrd, which goes on; please report it, and restart ptrd"
    }

    package mutating func note(_ invariant: LedgerInvariant) {
        if counts[invariant] == nil { unreported.append(invariant) }
        counts[invariant, default: 0] += 1
    }

    /// What was found for the first time since the last call: each kind is told once.
    package mutating func takeUnreported() -> [LedgerInvariant] {
        guard !unreported.isEmpty else { return [] }
        defer { unreported = [] }
        return unreported
    }
}

extension Ledger {
    /// Looks whether the books are right, and counts what is not; never a trap. At the end of every transition: at what costs the
    /// same however much is in process, and when it is audited, at everything.
    mutating func checkInvariants() {
        if let invariant = brokenSum { broken.note(invariant) }
        guard isAudited else { return }
        for invariant in brokenParts() { broken.note(invariant) }
    }

    /// The first sum that is not right.
    private var brokenSum: LedgerInvariant? {
        if totals.received &- totals.settled != UInt64(inFlight) || totals.filtered > totals.processed {
            return .balance
        }
        if queuedCount + leasedCount + finished.count + delayed.count != inFlight { return .stages }
        if window.taken.messages != inFlight || window.taken.bytes < 0 { return .window }
        return nil
    }

    /// Everything that the sums are made of.
    private func brokenParts() -> [LedgerInvariant] {
        var broken: [LedgerInvariant] = []
        var (queued, leased, done, waiting, bytes) = (0, 0, 0, 0, 0)
        var amounts = Array(repeating: LedgerWindow.Amount(), count: streams.count)
        var blocks: Set<Int> = []
        for (place, slot) in slots.enumerated() {
            switch slot.state {
            case .free: continue
            case .queued: queued += 1
            case .finished: done += 1
            case .delayed: waiting += 1
            case .leased(let lease):
                leased += 1
                if lease.slot != place || lease.sequence != slot.message?.sequence || lease.attempt != slot.attempts {
                    broken.append(.leases)
                }
            }
            guard let message = slot.message else {
                broken.append(.slots)
                continue
            }
            amounts[message.stream.index].messages += 1
            // Memory that several lie in counts once.
            guard message.block < 0 || blocks.insert(message.block).inserted else { continue }
            let size = message.block < 0 ? message.bytes : held.bytes(at: message.block)
            bytes += size
            amounts[message.stream.index].bytes += size
        }
        if (queued, leased, done, waiting) != (queuedCount, leasedCount, finished.count, delayed.count) {
            broken.append(.slots)
        }
        if bytes != window.taken.bytes || amounts.indices.contains(where: { amounts[$0] != window[$0] }) {
            broken.append(.bytes)
        }
        if !fresh.isSound(in: slots) || !replayed.isSound(in: slots) { broken.append(.order) }
        return broken
    }
}
