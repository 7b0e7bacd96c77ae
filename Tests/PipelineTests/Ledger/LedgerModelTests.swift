import NIOCore
import Testing

@testable import Pipeline

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
        #expect(totals.killed > 5)
        #expect(totals.deadLettered > 5)
        #expect(totals.retried > 20)
        #expect(totals.late > 20)
    }

    /// A ledger and its model, which are told the same.
    private struct Run {
        let limits = LedgerLimits(inFlight: 24, inFlightBytes: 400, span: 40, eventBytes: 60)
        let policy = RetryPolicy(maxAttempts: 3, initialDelay: .milliseconds(20), maximumDelay: .milliseconds(50))
        var ledger: Ledger
        var model: NaiveLedger
        private var random: SeededGenerator
        private var now = Duration.zero
        private var current: [Lease] = []
        private var past: [Lease] = []
        private var commit: Unstored?
        private var stored: [String: String] = [:]
        private var letters: [UInt64] = []
        private var answersAgree = true

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            ledger = .ofStreams(3, limits: limits)
            model = NaiveLedger(limits: limits, streams: 3)
        }

        mutating func step() {
            now += .milliseconds(Int.random(in: 0...4, using: &random))
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<25: admit()
            case 25..<50: lease()
            case 50..<72: answer()
            case 72..<76: answerLate()
            case 76..<80: giveBack()
            case 80..<83: revoke()
            case 83..<91:
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
            while ledger.inFlight > 0 {
                now += .seconds(1)
                _ = ledger.releaseDelayed(at: now)
                _ = model.release(at: now)
                while ledger.hasQueued { lease() }
                while !current.isEmpty { answer() }
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
                Event.ofBytes(
                    .random(in: 0...60, using: &random), id: id(of: model.entries.count + index, in: stream))
            }
            let admitted = ledger.admit(events, of: stream, at: now)
            for (index, event) in events.enumerated() {
                let hasRoom = model.hasRoom(for: event.heldBytes, of: stream)
                answersAgree = answersAgree && hasRoom == (index < admitted)
                guard hasRoom else { break }
                model.admit(bytes: event.heldBytes, id: String(buffer: event.id), of: stream)
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

        private mutating func lease() {
            let worker = UInt64.random(in: 1...6, using: &random)
            let assignment = ledger.leaseNext(to: Holder(worker: worker, supervisor: 100 + worker % 2), at: now)
            answersAgree = answersAgree && assignment?.lease.sequence == model.next
            guard let lease = assignment?.lease else { return }
            model[lease.sequence].place = .leased
            model[lease.sequence].attempts += 1
            answersAgree = answersAgree && model[lease.sequence].attempts == lease.attempt
            current.append(lease)
        }

        private mutating func takeLease() -> Lease? {
            guard !current.isEmpty else { return nil }
            let lease = current.remove(at: .random(in: current.indices, using: &random))
            past.append(lease)
            return lease
        }

        private mutating func answer() {
            guard let lease = takeLease() else { return }
            let outcomes: [Verdict] = [.done, .done, .failed("f"), .crashed("c"), .failed("f"), .crashed("c"), .killed]
            let outcome = outcomes[.random(in: outcomes.indices, using: &random)]
            answersAgree = ledger.finish(lease, outcome, by: "w", at: now) && answersAgree
            model[lease.sequence].place = .finished(outcome.kind)
        }

        private mutating func answerLate() {
            guard let lease = past.randomElement(using: &random) else { return }
            answersAgree = !ledger.finish(lease, .done, by: "w", at: now) && answersAgree
            model.late += 1
        }

        private mutating func giveBack() {
            guard let lease = takeLease() else { return }
            answersAgree = ledger.giveBack(lease) && !ledger.giveBack(lease) && answersAgree
            returned(lease)
        }

        private mutating func revoke() {
            let supervisor = UInt64.random(in: 100...101, using: &random)
            let gone = current.filter { $0.holder.supervisor == supervisor }
            answersAgree = ledger.revoke { $0.supervisor == supervisor } == gone.count && answersAgree
            current.removeAll { $0.holder.supervisor == supervisor }
            past += gone
            for lease in gone { returned(lease) }
        }

        private mutating func returned(_ lease: Lease) {
            model[lease.sequence].place = .queued
            model[lease.sequence].attempts -= 1
        }

        /// Begins a commit, or ends the one that is under way: well or not.
        private mutating func store() {
            guard let commit else {
                self.commit = ledger.unstored()
                return
            }
            self.commit = nil
            defer { compareCheckpoints() }
            guard current.isEmpty || Int.random(in: 0..<4, using: &random) > 0 else { return }
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
                && look.lateOutcomes == model.late && ledger.hasQueued == (model.next != nil)
                && ledger.slotCount >= look.inFlight && ledger.slotCount <= limits.inFlight
        }
    }
}
