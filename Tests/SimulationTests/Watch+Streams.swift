import NIOCore

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// The streams: how much each holds, how far it has come, and what would be stored of it.
extension Watch {
    mutating func checkStreams(of ledger: Ledger) {
        var held = Array(repeating: 0, count: ledger.streams.count)
        var hasGap = Set<Int>()
        for place in stints.places { if let place { stints[place].prefix = stints[place].numbers.count } }
        for sequence in unsettled {
            let message = seen[sequence - 1]
            held[message.streamPlace] += 1
            // The settled prefix ends before the first that is not.
            if let stint = message.stint, hasGap.insert(stint).inserted { stints[stint].prefix = message.ordinal - 1 }
        }
        let count = stints.count
        let most = limits.inFlight - limits.reserve(streams: count).messages * (count - 1)
        for (place, stream) in ledger.streams.enumerated() {
            guard let index = stints.places[place] else { continue }
            let (stint, feed) = (stints[index], stints[index].feed)
            let span = stint.numbers.count - stint.prefix
            world.expect(
                stream.span == span && span <= limits.span,
                "\(feed.location) spans \(stream.span); it is \(span), and \(limits.span) at most")
            if span == limits.span { world.sights.insert(.fullSpan) }
            // Who held more when another came keeps it, and gets nothing more.
            let before = place < heldBefore.count ? heldBefore[place] : 0
            world.expect(
                held[place] <= max(most, mostBefore, before),
                "\(feed.location) holds \(held[place]) messages of the window, of \(most), \(mostBefore) before")
            checkPosition(of: stream, stint)
            world.expect(
                Int(stream.refusals) == stint.refusals,
                "\(feed.location) refused \(stint.refusals) times, not \(stream.refusals)")
            if feed.hasIDs { checkKnown(of: stream, index, ledger.hash) }
        }
        heldBefore = held
        // In one turn a message may come in, and then a place become free that was counted until there.
        mostBefore = most
    }

    /// What counts as stored is on the disk: else nobody would ever store it.
    func checkStored(of ledger: Ledger) {
        for (place, stream) in ledger.streams.enumerated() where !stream.isSuperseded {
            guard let index = stints.places[place], !stream.isUnstored else { continue }
            let server = world.servers[stints[index].index]
            let (known, stored) = (server.number(of: stream.runs.position) ?? -1, world.position(of: server.index) ?? 0)
            world.expect(
                known == 0 || known == stored,
                "position \(known) of \(server.feed.location) counts as stored, but on the disk is \(stored)")
        }
    }

    private func checkPosition(of stream: StreamLedger, _ stint: Stint) {
        // One of nobody is none that is expected.
        let position = world.servers[stint.index].number(of: stream.runs.position) ?? -1
        let expected = stint.feed.hasIDs ? stint.expectedPosition : 0
        world.expect(position == expected, "the position of \(stint.feed.location) is \(position), not \(expected)")
    }

    /// What would be stored of a stream is settled, and what counts as stored is on the disk.
    private func checkKnown(of stream: StreamLedger, _ index: Int, _ hash: KeyedHash) {
        let stint = stints[index]
        guard let known = world.servers[stint.index].known(by: stream.checkpoint(hash)) else {
            return world.fail("of \(stint.feed.location) something would be stored that is nobody's")
        }
        if !known.settled.isEmpty {
            for sequence in unsettled where seen[sequence - 1].stint == index {
                world.expect(
                    !known.settled.contains(seen[sequence - 1].number),
                    "event \(seen[sequence - 1].number) of \(stint.feed.location) counts as settled, but is held")
            }
        }
        // Of a group that another one has followed nothing is remembered, though the disk may still know some of it.
        guard !stream.isUnstored, !stream.isSuperseded, known != Known(), stream.runs.isOpenNext else { return }
        let stored = world.known(of: stint.index)
        world.expect(
            known == stored, "\(known) of \(stint.feed.location) counts as stored, but on the disk is \(stored)")
    }
}
