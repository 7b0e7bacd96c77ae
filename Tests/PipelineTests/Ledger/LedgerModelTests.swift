import NIOCore
import Testing

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

@Suite("The ledger against a naive model")
struct LedgerModelTests {
    @Test(
        "30,000 random operations keep every count, the order, the window and the checkpoints",
        arguments: 1...20 as ClosedRange<UInt64>)
    func randomOperations(_ seed: UInt64) {
        var run = Run(seed: seed)
        for step in 0..<1500 {
            run.step()
            guard run.isConsistent else {
                Issue.record("seed \(seed), step \(step): \(run.ledger.snapshot) is not what the model has")
                return
            }
        }
        run.finish()
        let (isConsistent, totals) = (run.isConsistent, run.ledger.totals)
        #expect(isConsistent)
        #expect(totals.received == totals.settled)
        // The run was worth something.
        #expect(totals.processed > 30)
        #expect(totals.killed > 2)
        #expect(totals.deadLettered > 2)
        #expect(totals.retried > 20)
        #expect(totals.late > 20)
        #expect(run.demand.batch == 1 || run.model.entries.contains { $0.isSuspect })
        #expect(run.model.entries.contains { $0.outsideEnds > 0 })
        #expect(run.model.entries.contains { $0.unavailableAt > 0 })
    }

    /// A ledger and its model, which are told the same.
    private struct Run {
        let limits = LedgerLimits(inFlight: 24, inFlightBytes: 400, span: 40, eventBytes: 60)
        let policy = RetryPolicy(
            maxAttempts: 3, initialDelay: .milliseconds(20), maximumDelay: .milliseconds(50),
            longestAsked: .milliseconds(60))
        var ledger: Ledger
        var model: NaiveLedger
        private var random: SeededGenerator
        private var now = Duration.zero
        let demand: Demand
        private var hands: [Hand] = []
        private var past: [Hand] = []
        private var isFinishing = false
        private var commit: Unstored?
        private var stored: [String: String] = [:]
        private var letters: [UInt64] = []
        private var answersAgree = true

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            ledger = .ofStreams(3, limits: limits)
            ledger.killMessage = ByteBuffer(string: "kill")
            ledger.isAudited = true
            demand = Demand(
                batch: .random(in: 1...5, using: &random), batchBytes: .random(in: 60...200, using: &random))
            model = NaiveLedger(limits: limits, streams: 3)
        }

        mutating func step() {
            now += .milliseconds(
                Int.random(in: 0..<15, using: &random) == 0 ? 250 : Int.random(in: 0...4, using: &random))
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<25: admit()
            case 25..<50: lease()
            case 50..<72: answer()
            case 72..<76: answerLate()
            case 76..<79: revoke()
            case 79..<91:
                ledger.settle(policy, at: now)
                model.settle(policy, at: now)
                compareCheckpoints()
            case 91..<97:
                let released = ledger.releaseDelayed(at: now)
                answersAgree = answersAgree && released == model.release(at: now)
            default: store()
            }
        }

        /// Brings everything to its end.
        mutating func finish() {
            isFinishing = true
            while ledger.inFlight > 0, answersAgree {
                now += .seconds(31)
                _ = ledger.releaseDelayed(at: now)
                _ = model.release(at: now)
                while lease() {}
                while !hands.isEmpty { answer() }
                ledger.settle(policy, at: now)
                model.settle(policy, at: now)
            }
            while commit != nil || !ledger.unstored().isEmpty { store() }
            answersAgree =
                answersAgree
                && letters.sorted() == model.entries.filter { $0.place == .settled(.deadLettered) }.map(\.sequence)
        }

        private mutating func admit() {
            let stream = Int.random(in: 0..<3, using: &random)
            let events = (0..<Int.random(in: 1...8, using: &random)).map { index in
                let id = id(of: model.entries.count + index, in: stream)
                return Int.random(in: 0..<20, using: &random) == 0
                    ? Event.named("kill", id: id) : .ofBytes(.random(in: 0...60, using: &random), id: id)
            }
            let admitted = ledger.admit(events, of: stream, at: now)
            for (index, event) in events.enumerated() {
                let hasRoom = model.hasRoom(for: event.heldBytes, of: stream)
                answersAgree = answersAgree && hasRoom == (index < admitted)
                guard hasRoom else { break }
                model.admit(
                    bytes: event.heldBytes, id: String(buffer: event.id), isKill: String(buffer: event.data) == "kill",
                    of: stream)
            }
        }

        /// Stream a gives each event an id of its own, b gives the same to several, takes ids back and repeats them, c gives none.
        private mutating func id(of number: Int, in stream: Int) -> String {
            switch stream {
            case 0: "\(number)"
            case 1: ["", "1", "2", "\(number / 4)"].randomElement(using: &random) ?? ""
            default: ""
            }
        }

        /// Hands out what one worker may have. False: there was nothing.
        @discardableResult
        private mutating func lease() -> Bool {
            let worker = UInt64.random(in: 1...6, using: &random)
            let expected = model.deal(demand, at: now)
            let holder = Holder(worker: worker, supervisor: 100 + worker % 2)
            guard let (hand, _) = ledger.lease(demand, to: holder, at: now) else {
                answersAgree = answersAgree && expected.isEmpty
                return false
            }
            answersAgree =
                answersAgree && hand.entries.map(\.message.sequence) == expected
                && hand.entries.allSatisfy { model[$0.message.sequence].attempts == $0.attempt }
            hands.append(hand)
            return true
        }

        /// What of a hand the model holds to be leased under it.
        private func open(_ hand: Hand) -> [Int] {
            hand.entries.indices.filter { index in
                let entry = model[hand.entries[index].message.sequence]
                return entry.place == .leased && entry.hand == hand.number
            }
        }

        private func sequences(_ hand: Hand, _ indices: [Int]) -> [UInt64] {
            indices.map { hand.entries[$0].message.sequence }
        }

        /// Something becomes of a hand, for good or in part.
        private mutating func answer() {
            guard let place = hands.indices.randomElement(using: &random) else { return }
            let (hand, open) = (hands[place], open(hands[place]))
            guard !open.isEmpty else {
                past.append(hands.remove(at: place))
                return
            }
            if hand.entries[0].message.isKill {
                answersAgree = ledger.finish(hand.lease(0), .killed, by: "w", at: now) && answersAgree
                return model.end(hand.entries[0].message.sequence, .killed, at: now)
            }
            let kind = isFinishing ? 0 : Int.random(in: 0..<20, using: &random)
            switch kind {
            case 0..<10: report(hand)
            case 10..<13: settle(hand, open)
            default: lose(hand, open, kind)
            }
        }

        private mutating func report(_ hand: Hand) {
            var answers = hand.entries.indices.shuffled(using: &random).map { Answer($0, outcome()) }
            answers = Array(answers.prefix(.random(in: 1...answers.count, using: &random)))
            // One that says it twice, and one of nobody.
            if Int.random(in: 0..<10, using: &random) == 0 {
                answers += [answers[0], Answer(hand.entries.count, .done)]
            }
            var expected = 0
            for answer in answers where hand.entries.indices.contains(answer.index) {
                let sequence = hand.entries[answer.index].message.sequence
                if model[sequence].hand == hand.number {
                    expected += model.answer(sequence, answer.outcome, at: now) ? 1 : 0
                } else {
                    model.late += 1
                }
            }
            let tally = ledger.answer(answers, of: hand, by: "w", at: now)
            answersAgree = answersAgree && tally.taken == expected
        }

        private mutating func settle(_ hand: Hand, _ open: [Int]) {
            let outcome = outcome()
            switch outcome {
            case .failed where open.count > 1, .rejected where open.count > 1: model.lose(sequences(hand, open))
            case .unavailable(_, let after) where open.count > 1:
                model.unavailable(sequences(hand, open), after, at: now)
            case .done, .failed, .rejected, .unavailable:
                for sequence in sequences(hand, open) { _ = model.answer(sequence, outcome, at: now) }
            }
            let tally = ledger.answerRest(outcome, of: hand, by: "w", at: now)
            answersAgree = answersAgree && tally.taken == open.count
        }

        /// The worker ends over it, in one of the ways in which that happens.
        private mutating func lose(_ hand: Hand, _ open: [Int], _ kind: Int) {
            let (leases, sequences) = (Array(hand.leases), sequences(hand, open))
            switch kind {
            case 13, 14:
                answersAgree =
                    ledger.crashed(leases, reason: "c", by: "w", at: now).taken == open.count && answersAgree
                model.crash(sequences, at: now)
            case 15:
                answersAgree =
                    ledger.couldNotStart(leases, reason: "s", by: "w", at: now).taken == open.count && answersAgree
                model.failStart(sequences, at: now)
            case 16, 17:
                answersAgree =
                    ledger.endedFromOutside(leases, reason: "o", by: "w", at: now).taken == open.count && answersAgree
                model.endFromOutside(sequences, at: now)
            case 18:
                // One alone pays at once; of several each is a suspect, and all stay where they are until the worker has gone.
                let isAlone = open.count == 1
                let tally = ledger.timedOut(
                    isAlone ? hand.lease(open[0]) : nil, suspects: isAlone ? [] : leases, reason: "t", by: "w", at: now)
                answersAgree = answersAgree && tally.taken == (isAlone ? 1 : 0)
                if isAlone {
                    model[sequences[0]].ending = (hand.holder.supervisor, now + .seconds(10))
                    return model.crash(sequences, at: now)
                }
                for sequence in sequences { model[sequence].isSuspect = true }
            default:
                for index in open {
                    answersAgree =
                        ledger.giveBack(hand.lease(index)) && !ledger.giveBack(hand.lease(index)) && answersAgree
                    model.giveBack(hand.entries[index].message.sequence)
                }
            }
        }

        private mutating func outcome() -> Outcome {
            if isFinishing { return .done }
            let after = Duration.milliseconds(Int.random(in: 0...90, using: &random))
            return switch Int.random(in: 0..<60, using: &random) {
            case 0..<36: .done
            case 36..<48: .failed("f")
            case 48..<55: .failed("f", after: after)
            case 55..<58: .rejected("r")
            case 58: .unavailable("u")
            default: .unavailable("u", after: after)
            }
        }

        private mutating func answerLate() {
            guard let hand = past.randomElement(using: &random) else { return }
            answersAgree = !ledger.finish(hand.lease(0), .done, by: "w", at: now) && answersAgree
            model.late += 1
        }

        private mutating func revoke() {
            let supervisor = UInt64.random(in: 100...101, using: &random)
            let gone = hands.filter { $0.holder.supervisor == supervisor }
            let count = gone.reduce(0) { $0 + open($1).count }
            answersAgree = ledger.revoke { $0.supervisor == supervisor } == count && answersAgree
            for index in model.entries.indices where model.entries[index].ending?.supervisor == supervisor {
                model.entries[index].ending = nil
            }
            for hand in gone { for sequence in sequences(hand, open(hand)) { model.giveBack(sequence) } }
            hands.removeAll { $0.holder.supervisor == supervisor }
            past += gone
        }

        /// Begins a commit, or ends the one that is under way: well or not.
        private mutating func store() {
            guard let commit else {
                self.commit = ledger.unstored()
                return
            }
            self.commit = nil
            defer { compareCheckpoints() }
            guard hands.isEmpty || Int.random(in: 0..<4, using: &random) > 0 else { return }
            ledger.stored(commit)
            letters += commit.deadLetters.map(\.sequence)
            for checkpoint in commit.checkpoints { stored[checkpoint.stream] = String(buffer: checkpoint.lastEventID) }
        }

        private mutating func compareCheckpoints() {
            let checkpoints = stored.merging(
                ledger.unstored().checkpoints.map { ($0.stream, String(buffer: $0.lastEventID)) },
                uniquingKeysWith: { $1 })
            for (index, name) in ["a", "b", "c"].enumerated() {
                answersAgree = answersAgree && checkpoints[name] ?? "" == model.position(of: index)
            }
        }

        var isConsistent: Bool {
            let look = ledger.snapshot
            let flying = model.inFlight
            return answersAgree && look.isBalanced && look.received == model.entries.count
                && look.inFlight == flying.count && look.inFlightBytes == flying.reduce(0) { $0 + $1.bytes }
                && look.inFlight <= limits.inFlight && look.inFlightBytes <= limits.inFlightBytes
                && look.queued == model.count { $0 == .queued } && look.leased == model.count { $0 == .leased }
                && look.delayed == model.count { if case .delayed = $0 { true } else { false } }
                && look.processed == model.count(in: .processed) && look.killed == model.count(in: .killed)
                && look.deadLettered == model.count(in: .deadLettered) && look.retried == model.retried
                && look.lateOutcomes == model.late && ledger.hasQueued == !model.queue.isEmpty
                && ledger.slots.count >= look.inFlight && ledger.slots.count <= limits.inFlight
        }
    }
}
