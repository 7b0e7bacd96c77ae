@testable import Flow
@testable import Ledger
@testable import Pipeline
@testable import PtrObservation
@testable import Tree

/// What is dealt: how much, to whom, with what, and when.
extension Watch {
    /// Looks at the hands that were dealt since the last look.
    mutating func checkDealt(_ leases: [Lease], _ ledger: Ledger, _ life: Life, _ pool: Pool) {
        let now = life.runtime.now
        var count: UInt64 = 0
        for number in Set(leases.map(\.number)).subtracting(dealt.map(\.number)).sorted() where number > lastDealt {
            let hand = leases.filter { $0.number == number }
            world.say("dealt \(number): \(hand.map(\.sequence)) (\(ledger.breaker.state), \(ledger.outage.state))")
            count += 1
            checkCredit(hand, beside: leases, ledger)
            for lease in hand {
                let message = Int(lease.sequence)
                world.expect(
                    now >= seen[message - 1].notBefore,
                    "message \(message) is dealt at \(now), before \(seen[message - 1].notBefore)")
            }
            checkReturn(hand.map { Int($0.sequence) }, life, pool)
            for lease in hand { checkOverstayed(Int(lease.sequence), life, pool) }
            checkOutage(hand, leases, life)
        }
        areAllSeen = ledger.handOuts == handOuts + count
        handOuts = ledger.handOuts
        lastDealt = max(lastDealt, leases.map(\.number).max() ?? 0)
        dealt = leases
        dealtAlone.formIntersection(leases.map(\.number))
    }

    private mutating func checkCredit(_ hand: [Lease], beside leases: [Lease], _ ledger: Ledger) {
        let (demand, messages) = (world.plan.labour.demand, hand.map(\.sequence))
        let holder = hand[0].holder
        world.expect(hand.count <= demand.batch, "\(messages) are more than a hand may have")
        let bytes = hand.reduce(0) { $0 + (ledger.slots[$1.slot].message?.bytes ?? 0) }
        world.expect(
            hand.count == 1 || bytes <= demand.batchBytes, "\(messages) have \(bytes) bytes, more than a hand may have")
        let mustBeAlone = hand.contains {
            seen[Int($0.sequence) - 1].isSuspect || seen[Int($0.sequence) - 1].isKillMessage
        }
        world.expect(!mustBeAlone || hand.count == 1, "\(messages) share a hand, and one of them may not")
        let others = Set(leases.filter { $0.holder == holder }.map(\.number)).subtracting([hand[0].number])
        world.expect(others.count < demand.prefetch, "\(messages) are one hand too many for their worker")
        world.expect(!mustBeAlone || others.isEmpty, "\(messages) may not share a worker, and do")
        world.expect(dealtAlone.isDisjoint(with: others), "\(messages) share a worker with what may not")
        if mustBeAlone { dealtAlone.insert(hand[0].number) }
    }

    /// What a body took too long over is not dealt again before that is dead, but nobody waits longer than it takes to be left to itself.
    private mutating func checkOverstayed(_ message: Int, _ life: Life, _ pool: Pool) {
        guard let (number, since) = bodies.overstayed.removeValue(forKey: message),
            life.runtime.now < since + .seconds(10)
        else { return }
        bodies.carriers[message] = number
        checkReturn([message], life, pool)
    }

    /// Nothing is dealt again, nor waits for that, before the body that had it is dead, unless that was left to itself.
    mutating func checkReturn(_ messages: [Int], _ life: Life, _ pool: Pool) {
        for message in messages {
            guard let number = bodies.carriers[message], let body = bodies.living[number] else { continue }
            let isThere = pool.members.contains { member in
                member.table.map { table in
                    table.incarnation == body.holder.supervisor
                        && table.workers.contains { $0.incarnation == body.holder.worker }
                } ?? false
            }
            world.expect(!isThere, "message \(message) is taken from \(body.name), whose body is not dead")
            bodies.abandoned.insert(number)
            world.expect(
                bodies.abandoned.count <= life.runtime.abandonedChildren,
                "message \(message) is taken from \(body.name), whose body is not dead, and which was not left to itself"
            )
            bodies.carriers[message] = nil
        }
    }

    /// While what the handler needs is down, one message is tried, alone, each time that the wait is over.
    private mutating func checkOutage(_ hand: [Lease], _ leases: [Lease], _ life: Life) {
        guard let until = outage.until else { return }
        let number = hand[0].number
        world.sights.insert(.outageTrial)
        // A drain does not wait so long.
        world.expect(
            life.runtime.now >= until || life.isDraining,
            "\(hand.map(\.sequence)) are dealt at \(life.runtime.now), though all is held until \(until)")
        world.expect(hand.count == 1, "\(hand.map(\.sequence)) are tried at once")
        world.expect(
            !leases.contains { $0.number == outage.trial && $0.number != number },
            "message \(hand[0].sequence) is dealt while another one is tried")
        outage.begin(trial: number)
    }
}
