import NIOCore
import Pipeline
import TestKit
import Testing

@testable import JetStream
@testable import NATSSource

/// A broker as a value: what it delivers again, and what of acknowledgements and deliveries is lost, is drawn from a seed.
private struct ModelBroker {
    enum Stage: Equatable {
        case waiting
        case delivered(until: ContinuousClock.Instant)
        case gone(SettlementNotice.Bin)
    }

    static let ackWait = Duration.seconds(6)
    var stages: [Stage]
    var counts: [Int]

    init(_ count: Int) {
        stages = Array(repeating: .waiting, count: count + 1)
        counts = Array(repeating: 0, count: count + 1)
        stages[0] = .gone(.processed)
    }

    var isEmpty: Bool { stages.allSatisfy { if case .gone = $0 { true } else { false } } }

    mutating func deliver(at now: ContinuousClock.Instant) -> PulledMessage? {
        let place = stages.firstIndex { stage in
            switch stage {
            case .waiting: true
            case .delivered(let until): until <= now
            case .gone: false
            }
        }
        guard let place else { return nil }
        counts[place] += 1
        stages[place] = .delivered(until: now + Self.ackWait)
        return AckSubject("$JS.ACK.S.c.\(counts[place]).\(place).1.7.0").map {
            PulledMessage(reply: $0, replyBytes: 40, bytes: ByteBuffer())
        }
    }

    mutating func acknowledge(_ reply: AckSubject, _ how: Acknowledgement, at now: ContinuousClock.Instant) {
        let place = Int(reply.delivery.sequence)
        guard case .delivered = stages[place] else { return }
        switch how {
        case .done: stages[place] = .gone(.processed)
        case .terminated: stages[place] = .gone(.deadLettered)
        case .again: stages[place] = .waiting
        case .inProgress: stages[place] = .delivered(until: now + Self.ackWait)
        }
    }
}

/// One machine: its books, and what it has in process.
private struct ModelMachine {
    static let window = 8
    var books = ConsumerBooks(maxDeliveries: 4)
    var granted = 0
    var inProcess: Set<UInt64> = []
    var brought: Set<UInt64> = []

    init() { books.setWindow(messages: Self.window, bytes: 1 << 20) }
}

@Suite("Machines at a broker that loses, repeats and waits")
struct ConsumerModelTests {
    private struct World {
        var random: SeededGenerator
        var broker = ModelBroker(120)
        var machines = [ModelMachine(), ModelMachine(), ModelMachine()]
        var now = ContinuousClock.now
        /// How each message ended, wherever it did.
        var ends: [UInt64: Set<SettlementNotice.Bin>] = [:]
        var isFaulty = true

        init(seed: UInt64) { random = SeededGenerator(seed: seed) }

        mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

        mutating func say(_ replies: [AckSubject], _ how: Acknowledgement) {
            for reply in replies where !isFaulty || !chance(15) { broker.acknowledge(reply, how, at: now) }
        }

        mutating func say(_ settled: ConsumerBooks.Settled) {
            say(settled.done, .done)
            say(settled.terminated, .terminated(reason: ""))
        }

        mutating func step() {
            let place = Int.random(in: machines.indices, using: &random)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<35: deliver(to: place)
            case 35..<60: bring(at: place)
            case 60..<85: settle(at: place)
            case 85..<93:
                now += .milliseconds(500)
                for place in machines.indices {
                    let due = machines[place].books.due(after: ModelBroker.ackWait / 6, at: now)
                    say(due, .inProgress)
                }
            case 93..<96 where isFaulty:
                // Time in which this machine did not run.
                now += ModelBroker.ackWait
            case 96..<98 where isFaulty: machines[place] = ModelMachine()
            case 98 where isFaulty:
                let held = machines[place].books.giveBackAll()
                say(held.replies, .again(after: nil))
                machines[place] = ModelMachine()
            case 99 where isFaulty:
                let held = machines[place].books.giveBackUnbrought()
                say(held, .again(after: nil))
                machines[place].books.forgetGrants()
                machines[place].granted = 0
            default: break
            }
        }

        mutating func deliver(to place: Int) {
            if machines[place].books.hasSuspects {
                machines[place].books.forgetGrants()
                machines[place].granted = 0
                return
            }
            if let more = machines[place].books.grant() { machines[place].granted += more.messages }
            #expect(machines[place].granted + machines[place].books.heldCount <= ModelMachine.window)
            guard machines[place].granted > 0, let message = broker.deliver(at: now) else { return }
            // On its way it may be lost; what was asked for is still to come then.
            if isFaulty, chance(10) { return }
            machines[place].granted -= 1
            let arrival = machines[place].books.arrived([message], isAsked: true, at: now)
            for (reply, how) in arrival.settled {
                say([reply], how == .deadLettered ? .terminated(reason: "") : .done)
            }
        }

        mutating func bring(at place: Int) {
            let messages: [PulledMessage]
            switch machines[place].books.next() {
            case .nothing: return
            case .batch(let batch): messages = batch
            case .alone(let suspect):
                #expect(machines[place].inProcess.isEmpty)
                messages = [suspect]
            }
            if isFaulty, chance(5) { return machines[place].books.takeBack(messages) }
            for message in messages {
                let sequence = message.delivery.sequence
                #expect(machines[place].brought.insert(sequence).inserted, "\(sequence) twice in one life")
                machines[place].inProcess.insert(sequence)
            }
        }

        mutating func settle(at place: Int) {
            guard let sequence = machines[place].inProcess.min() else { return }
            machines[place].inProcess.remove(sequence)
            let how: SettlementNotice.Bin = sequence.isMultiple(of: 10) ? .deadLettered : .processed
            ends[sequence, default: []].insert(how)
            let settled = machines[place].books.settled([SettlementNotice(receipt: sequence, how: how)], at: now)
            say(settled)
        }
    }

    @Test("none is lost, none goes before it is done, and no machine does one twice in a life", arguments: 1...60)
    func seeds(seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<3000 { world.step() }
        // From here on nothing fails: all of it comes to an end.
        world.isFaulty = false
        var steps = 0
        while !world.broker.isEmpty, steps < 60_000 {
            world.step()
            steps += 1
        }
        #expect(world.broker.isEmpty, "seed \(seed)")
        for (sequence, stage) in world.broker.stages.enumerated().dropFirst() {
            guard case .gone(let how) = stage else { continue }
            #expect(world.ends[UInt64(sequence)]?.contains(how) == true, "\(sequence) of seed \(seed)")
        }
    }
}
