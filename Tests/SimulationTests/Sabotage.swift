import NIOCore

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// A bug, planted in the books of a running tree: proof that one would be seen.
enum Sabotage: CaseIterable {
    /// Somebody says that a message is done which its handler still has.
    case falseOutcome
    /// A message is admitted that nobody brought.
    case falseMessage
    /// A position moves on by itself.
    case falsePosition
    /// What a commit has stored of a stream that has gone counts for the one that has its name now.
    case lateCommit
    /// An id becomes the position although more events may come with it.
    case earlyPosition
    /// An event that is worked on would be recognised as settled when it came again in another life.
    case falseMemory
    /// A message pays although nobody has said anything of it.
    case falseCharge
    /// A message is to be dealt again although a body has it in hand.
    case twoHands
    /// A worker is handed more than its handler wants.
    case overCredit
    /// What is to be dealt alone is handed to a worker that has something in hand.
    case sharedWorker

    /// Whether the occasion comes in every seed.
    var isCertain: Bool {
        switch self {
        case .falseOutcome, .falsePosition: true
        // In a window of a few bytes there may never be room for one more.
        case .falseMessage: false
        case .lateCommit, .earlyPosition, .falseMemory: false
        case .falseCharge, .twoHands, .overCredit, .sharedWorker: false
        }
    }

    /// Plants it. False: there is no occasion yet.
    func strike(_ application: Application, in life: Life) -> Bool {
        let (world, now) = (life.world, life.runtime.now)
        let carried = life.watch.map { Set($0.bodies.carriers.keys) } ?? []
        return application.ledger.withLock { ledger in
            switch self {
            case .falseOutcome, .falseMessage, .falsePosition: falsify(&ledger)
            case .lateCommit: storeForSuccessor(&ledger, world)
            case .earlyPosition: closeRun(&ledger)
            case .falseMemory: remember(&ledger)
            case .falseCharge, .twoHands: answer(&ledger, carried, at: now)
            case .overCredit, .sharedWorker: deal(&ledger, world.plan.labour.demand, at: now)
            }
        }
    }

    private func falsify(_ ledger: inout Ledger) -> Bool {
        for slot in ledger.slots {
            guard let message = slot.message, case .leased(let lease) = slot.state else { continue }
            let stream = message.stream
            switch self {
            case .falseOutcome: return ledger.finish(lease, .done, by: "nobody", at: .zero)
            case .falseMessage:
                // One that would be recognised is none.
                guard ledger.streams[stream.index].resend == nil else { continue }
                var arrival = Arrival(PackedEvents([message.event]))
                if ledger.admit(&arrival, limit: 1, stream: stream.index, receivedAt: .zero) == 1 { return true }
            default:
                ledger.resume(
                    stream.index, after: Checkpoint(stream: stream.name, lastEventID: ByteBuffer(string: "7777")))
                return true
            }
        }
        return false
    }

    private func answer(_ ledger: inout Ledger, _ carried: Set<Int>, at now: Duration) -> Bool {
        for slot in ledger.slots where slot.message?.replayOf == nil {
            guard case .leased(let lease) = slot.state else { continue }
            if self == .falseCharge { return ledger.finish(lease, .failed("it is down"), by: "nobody", at: now) }
            if carried.contains(Int(lease.sequence)) { return ledger.giveBack(lease) }
        }
        return false
    }

    private func deal(_ ledger: inout Ledger, _ demand: Demand, at now: Duration) -> Bool {
        let queued = ledger.slots.filter(\.isQueued)
        guard let lease = ledger.slots.lazy.compactMap(\.lease).first, ledger.outage.isNone, ledger.breaker.isClosed
        else { return false }
        if self == .overCredit {
            guard queued.count > demand.batch, !queued.contains(where: \.isAlone) else { return false }
            return ledger.leaseHand(
                to: lease.holder, Demand(batch: demand.batch + 1, batchBytes: .max), at: now
            ).count > demand.batch
        }
        guard ledger.dealable(at: now) == .alone else { return false }
        return !ledger.leaseHand(to: lease.holder, Demand(), at: now).isEmpty
    }

    private func storeForSuccessor(_ ledger: inout Ledger, _ world: World) -> Bool {
        for old in ledger.streams where old.isSuperseded {
            guard let place = ledger.index(of: old.name.name), ledger.streams[place].isUnstored else { continue }
            let new = ledger.streams[place]
            guard let server = world.server(new.name.name, new.location),
                let number = server.number(of: new.runs.position),
                number > 0, number != world.position(of: server.index) ?? 0
            else { continue }
            ledger.streams[place].stored(new.mark)
            return true
        }
        return false
    }

    private func closeRun(_ ledger: inout Ledger) -> Bool {
        for place in ledger.streams.indices {
            let stream = ledger.streams[place]
            guard !stream.isSuperseded, stream.admitted > 0, stream.span == 0, stream.runs.isOpenNext,
                let open = stream.runs.open, open.id.readableBytes > 0, open.isSeen
            else { continue }
            // As if the id of what comes next said that this one is over.
            ledger.streams[place].take(EventCommit(eventsBefore: 0, id: ByteBuffer(string: "7777")))
            return true
        }
        return false
    }

    private func remember(_ ledger: inout Ledger) -> Bool {
        for slot in ledger.slots {
            guard let message = slot.message, message.runOrdinal > 0 else { continue }
            let (place, event) = (message.stream.index, message.event)
            let runs = ledger.streams[place].runs
            guard runs.isOpenNext, message.run == runs.openNumber else { continue }
            return ledger.streams[place].tail.settle(event, ordinal: message.runOrdinal, ledger.hash)
        }
        return false
    }
}

extension Slot {
    fileprivate var lease: Lease? { if case .leased(let lease) = state { lease } else { nil } }
}
