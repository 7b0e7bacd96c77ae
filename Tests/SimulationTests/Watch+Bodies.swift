import Supervision

@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// What the bodies of the workers do, and have done to them.
extension Watch {
    // MARK: - Their lives

    /// A body is made. Returns its number.
    mutating func makes(_ name: String, _ life: Life) -> Int {
        var found: Holder?
        for table in life.pool?.members.compactMap(\.table) ?? [] {
            for worker in table.workers where worker.id.name == name {
                found = Holder(worker: worker.incarnation, supervisor: table.incarnation)
            }
        }
        let holder = found ?? Holder(worker: 0, supervisor: 0)
        if let earliest = bodies.earliestStart(of: holder) {
            world.expect(
                life.runtime.now >= earliest, "\(name) is started at \(life.runtime.now), and not at \(earliest)")
        }
        world.expect(
            !bodies.living.values.contains { $0.holder == holder && holder.worker > 0 }, "\(name) has two bodies")
        return bodies.add(Bodies.Body(name: name, holder: holder))
    }

    mutating func hasStarted(_ number: Int, _ start: BodyStart) {
        world.note(UInt64(number))
        bodies.living[number]?.isProven = start == .ready
    }

    mutating func failsToStart(_ number: Int) {
        world.sights.insert(.failedStart)
        world.note(UInt64(number))
        bodies.living[number]?.cause = .unproven
    }

    mutating func endsByItself(_ number: Int, _ error: any Error) {
        guard bodies.living[number]?.cause == nil else { return }
        world.say("body \(number) ends by itself: \(error)")
        world.sights.insert(bodies.living[number]?.frames.isEmpty == true ? .idleEnd : .busyEnd)
        bodies.living[number]?.cause = error is BodyEnded ? .fromOutside : .crashed
    }

    mutating func `throws`(_ number: Int, _ error: any Error) {
        world.say("body \(number) throws \(error)")
        bodies.living[number]?.cause = error is BodyEnded ? .fromOutside : .crashed
    }

    /// It is killed, and still may answer.
    mutating func isToDie(_ number: Int, isCancelled: Bool, _ life: Life) {
        guard let body = bodies.living[number] else { return world.fail("a body is killed that is dead") }
        world.say("body \(number) of \(body.name) is killed")
        world.expect(
            isCancelled || body.cause != nil || hasKillMessage(body, life),
            "\(body.name) is killed, though its body has not ended")
        bodies.living[number]!.isEnding = true
        if isCancelled || body.isProven && (body.isGivenUp || isGivenUp(body)) {
            bodies.living[number]!.cause = .stopped
        } else if !body.isProven {
            if !body.frames.isEmpty { world.sights.insert(.unprovenEnd) }
            bodies.living[number]!.cause = .unproven
        }
    }

    /// Whether its worker has a kill message in hand, which no body is given.
    private func hasKillMessage(_ body: Bodies.Body, _ life: Life) -> Bool {
        let tables = life.pool?.members.compactMap(\.table) ?? []
        guard let table = tables.first(where: { $0.incarnation == body.holder.supervisor }) else { return false }
        return table.holding(of: body.holder.worker).map { seen[Int($0.oldest.sequence) - 1].isKillMessage } ?? false
    }

    /// Whether the ledger has just made suspects of what a body has in hand, which may be found at the next look only.
    private func isGivenUp(_ body: Bodies.Body) -> Bool {
        guard let oldest = body.frames.first else { return false }
        return ledger.withLock { ledger in
            oldest.open.contains { index in
                let entry = oldest.hand.entries[index]
                return ledger.slots[entry.slot].isSuspect && !seen[Int(entry.message.sequence) - 1].isSuspect
            }
        }
    }

    /// Nothing of it goes on: only now others may have what it had in hand.
    mutating func hasDied(_ number: Int, _ runtime: SupervisionRuntime) {
        guard let body = bodies.living[number] else { return }
        noteOverdue(number, at: runtime.now)
        let open = body.frames.flatMap { frame in frame.open.sorted().map(frame.hand.lease) }
        let current = ledger.withLock { ledger in open.filter(ledger.isCurrent) }
        world.say("body \(number) of \(body.name) is dead, with \(current.map(\.sequence)) in hand")
        judge(body.cause ?? .stopped, current, at: runtime.now)
        if body.cause == .unproven {
            bodies.failedStarts[body.holder] = ((bodies.failedStarts[body.holder]?.count ?? 0) + 1, runtime.now)
        }
        bury(number)
    }

    mutating func isToStop(_ number: Int) {
        guard let body = bodies.living[number] else { return world.fail("a body is stopped that is dead") }
        world.say("body \(number) of \(body.name) is stopped")
        world.expect(body.frames.isEmpty, "\(body.name) is stopped in good order with something in hand")
        bodies.living[number]!.isEnding = true
    }

    mutating func hasStopped(_ number: Int) { bury(number) }

    private mutating func bury(_ number: Int) {
        bodies.abandoned.remove(number)
        bodies.overstayed = bodies.overstayed.filter { $0.value.body != number }
        guard let body = bodies.living.removeValue(forKey: number) else { return }
        for frame in body.frames {
            for entry in frame.hand.entries where bodies.carriers[Int(entry.message.sequence)] == number {
                bodies.carriers[Int(entry.message.sequence)] = nil
            }
        }
    }

    // MARK: - Their hands

    mutating func begins(_ hand: Hand, by number: Int, _ runtime: SupervisionRuntime) {
        let messages = hand.entries.map { Int($0.message.sequence) }
        world.say("\(hand.worker) is handed \(messages)")
        world.note(UInt64(number), UInt64(messages[0]), UInt64(messages.count))
        guard let body = bodies.living[number], body.holder == hand.holder, messages.allSatisfy({ $0 <= seen.count })
        else { return world.fail("\(hand.worker) is handed \(messages) from nowhere") }
        let areCurrent = ledger.withLock { ledger in hand.leases.allSatisfy(ledger.isCurrent) }
        world.expect(areCurrent || Task.isCancelled, "\(hand.worker) is handed \(messages) without a lease")
        world.expect(!body.isEnding, "\(hand.worker) is handed \(messages) while its body ends")
        for message in messages {
            world.expect(!seen[message - 1].isDone, "message \(message) is handled although it was done")
            world.expect(!seen[message - 1].isKillMessage, "kill message \(message) is handled")
            world.expect(bodies.carriers[message] == nil, "message \(message) is in two hands")
            bodies.carriers[message] = number
        }
        bodies.living[number]!.frames.append(Bodies.Frame(hand: hand, open: Set(hand.entries.indices)))
        if body.frames.isEmpty { bodies.living[number]!.clock = runtime.now }
        if messages.count > 1 { world.sights.insert(.batch) }
        if !body.frames.isEmpty { world.sights.insert(.prefetched) }
        if seen[messages[0] - 1].isSuspect { world.sights.insert(.suspectDealt) }
    }

    mutating func reports(_ answers: [Answer], for hand: Hand, of number: Int, _ runtime: SupervisionRuntime) {
        var expected = 0
        for answer in answers {
            guard hand.entries.indices.contains(answer.index) else {
                world.sights.insert(.stranger)
                continue
            }
            guard isOpen(answer.index, of: hand) else { continue }
            expected += 1
            take(answer.outcome, answer.index, of: hand, by: number, at: runtime.now)
        }
        let taken = hand.report(answers)
        world.expect(taken == expected, "of \(answers) were taken \(taken), not \(expected)")
    }

    mutating func settles(_ outcome: Outcome, for hand: Hand, of number: Int, _ runtime: SupervisionRuntime) {
        let open = hand.entries.indices.filter { isOpen($0, of: hand) }
        let isNobody =
            switch outcome {
            case .failed, .rejected, .unavailable: open.count > 1
            case .done: false
            }
        if isNobody {
            noteOverdue(number, at: runtime.now)
            judge(several: outcome, open.map(hand.lease), at: runtime.now)
            bodies.living[number]?.isProven = true
            for index in open { bodies.close(index, of: hand, by: number, at: runtime.now) }
        } else {
            for index in open { take(outcome, index, of: hand, by: number, at: runtime.now) }
        }
        let taken = hand.settle(outcome)
        world.expect(taken == open.count, "of \(open.count) were settled \(taken)")
    }

    private mutating func take(_ outcome: Outcome, _ index: Int, of hand: Hand, by number: Int, at now: Duration) {
        noteOverdue(number, at: now)
        judge(outcome, hand.lease(index), at: now)
        bodies.living[number]?.isProven = true
        bodies.close(index, of: hand, by: number, at: now)
    }

    /// Whether an answer would be the first, and in time.
    private func isOpen(_ index: Int, of hand: Hand) -> Bool {
        bodies.carriers[Int(hand.entries[index].message.sequence)] != nil
            && ledger.withLock { $0.isCurrent(hand.lease(index)) }
    }

    mutating func progresses(_ hand: Hand, of number: Int, _ runtime: SupervisionRuntime) {
        noteOverdue(number, at: runtime.now)
        hand.progress()
        guard let body = bodies.living[number], body.frames.first?.hand === hand, body.clock != nil else { return }
        world.sights.insert(.progress)
        bodies.living[number]!.clock = runtime.now
    }

    mutating func beginsHandover(of hand: Hand, by number: Int, _ runtime: SupervisionRuntime) -> Bool {
        noteOverdue(number, at: runtime.now)
        let mayGoOn = hand.beginsHandover()
        guard mayGoOn else { return false }
        guard let index = bodies.living[number]?.frames.firstIndex(where: { $0.hand === hand }) else {
            world.fail("\(hand.worker) may hand over what it does not have")
            return true
        }
        bodies.living[number]!.frames[index].isHandingOver = true
        if index == 0 { bodies.living[number]!.clock = nil }
        return true
    }

    // MARK: - Their time

    /// The oldest hand of a body that takes too long over it.
    private func overdue(_ body: Bodies.Body, at now: Duration) -> Bodies.Frame? {
        guard let clock = body.clock, let oldest = body.frames.first else { return nil }
        let single = world.plan.settings.workerTimeout
        let limit = oldest.hand.entries.count > 1 ? world.plan.labour.demand.timeout ?? single : single
        return now - clock > limit ? oldest : nil
    }

    /// Notes before its clock begins anew that it may have been found too slow.
    private mutating func noteOverdue(_ number: Int, at now: Duration) {
        guard let body = bodies.living[number], let frame = overdue(body, at: now), frame.open.count > 1 else { return }
        for index in frame.open { seen[Int(frame.hand.entries[index].message.sequence) - 1].mayBeSuspect = true }
    }

    /// A message was answered for while a body has it in hand: it takes too long, over this message alone.
    mutating func giveUp(_ message: Int, at now: Duration) {
        guard let number = bodies.carriers[message], let body = bodies.living[number] else { return }
        let frame = overdue(body, at: now)
        let index = frame?.hand.entries.firstIndex { Int($0.message.sequence) == message }
        guard let frame, let index, frame.open == [index], !body.isEnding else {
            return world.fail("message \(message) is given up, which \(body.name) has in hand, and not for too long")
        }
        world.sights.insert(.timeout)
        chargeForEnd(frame.hand.lease(index), at: now)
        bodies.close(index, of: frame.hand, by: number, at: now)
        // It is told to go, and no time runs for what else it has.
        bodies.living[number]!.clock = nil
        bodies.living[number]!.isGivenUp = true
        bodies.overstayed[message] = (number, now)
    }

    /// A message became a suspect that nothing here was said of: its hand takes too long.
    mutating func checkSuspicion(of message: Int, at now: Duration) {
        defer { seen[message - 1].isSuspect = true }
        if let number = bodies.carriers[message], let body = bodies.living[number], let frame = overdue(body, at: now),
            frame.open.count > 1, frame.open.contains(where: { frame.hand.entries[$0].message.sequence == message })
        {
            bodies.living[number]!.isGivenUp = true
            return _ = world.sights.insert(.batchTimeout)
        }
        guard seen[message - 1].mayBeSuspect else { return world.fail("message \(message) is a suspect without cause") }
        world.sights.insert(.batchTimeout)
    }
}
