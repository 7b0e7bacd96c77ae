import Foundation
import NIOCore
import Pipeline
import Testing

@testable import Cluster

@Suite("The lease of a stream", .timeLimit(.minutes(20)))
struct LeaseMachineTests {
    private func machine(_ name: String, lease: Duration = .seconds(15)) -> LeaseMachine {
        LeaseMachine(LeaseMachine.Terms(me: LeaseRecord.Holder(node: name, directory: name), lease: lease))
    }

    private func position(_ id: String) -> LeasedPosition {
        LeasedPosition(location: "http://h/", source: "s", lastEventID: ByteBuffer(string: id))
    }

    /// One that holds it since 0, in the epoch 1.
    private func holder() -> LeaseMachine {
        var machine = machine("a")
        #expect(machine.next(at: .zero).0 == .read(within: .seconds(2)))
        #expect(machine.end(.found(nil, revision: 0), at: .zero).isEmpty)
        guard case .write(let record, 0, _) = machine.next(at: .zero).0 else {
            Issue.record("no claim")
            return machine
        }
        #expect(record.epoch == 1 && record.holder?.node == "a" && record.lease == .seconds(15))
        #expect(machine.end(.stored(revision: 7), at: .milliseconds(10)) == [.taken(epoch: 1, from: nil)])
        #expect(machine.role == .holder && machine.deadline == .seconds(15))
        return machine
    }

    /// A world of seven minutes for each seed; `PTR_LEASE_SEEDS` says how many.
    @Test("two never publish at once, no position goes back, epochs grow, and somebody holds it in the end")
    func simulated() {
        var (takenOver, regained, faults) = (0, 0, 0)
        let seeds = ProcessInfo.processInfo.environment["PTR_LEASE_SEEDS"].flatMap { UInt64($0) } ?? 24
        for seed in 0..<seeds {
            var world = LeaseWorld(seed: seed, nodes: 2 + Int(seed % 3))
            world.run()
            takenOver += world.takenOver
            regained += world.regained
            faults += world.faults
        }
        #expect(takenOver > 100 && regained > 10 && faults > 500, "\(takenOver) \(regained) \(faults)")
    }

    @Test("a renewal each second carries the position; its deadline counts from its start")
    func renewals() {
        var machine = holder()
        machine.note(position("5"), tenure: 1)
        machine.note(position("9"), tenure: 0)
        #expect(machine.next(at: .milliseconds(20)).0 == .wait(until: .seconds(1)))
        guard case .write(let record, 7, _) = machine.next(at: .seconds(1)).0 else { return #expect(Bool(false)) }
        #expect(record.position == position("5") && record.epoch == 1)
        #expect(machine.end(.stored(revision: 8), at: .seconds(2)).isEmpty)
        #expect(machine.deadline == .seconds(16))
    }

    @Test("after its deadline it begins no renewal, and what began before extends nothing; it regains what nobody took")
    func deadline() {
        var machine = holder()
        guard case .write = machine.next(at: .seconds(14)).0 else { return #expect(Bool(false)) }
        #expect(machine.end(.stored(revision: 8), at: .seconds(15)) == [.doubted])
        machine.note(position("3"), tenure: 1)
        guard case .read = machine.next(at: .seconds(15)).0 else { return #expect(Bool(false)) }
        let mine = LeaseRecord(
            holder: LeaseRecord.Holder(node: "a", directory: "a"), epoch: 1, lease: .seconds(15))
        #expect(machine.end(.found(mine, revision: 8), at: .seconds(16)).isEmpty)
        guard case .write(let record, 8, _) = machine.next(at: .seconds(16)).0 else { return #expect(Bool(false)) }
        #expect(record.epoch == 2 && record.position == position("3"))
        #expect(machine.end(.stored(revision: 9), at: .seconds(16)) == [.regained(epoch: 2)])
        #expect(machine.tenure == 1 && machine.deadline == .seconds(31))
    }

    @Test("who wakes after his deadline and finds another holder has lost it, and stands by")
    func frozen() {
        var machine = holder()
        let (step, effects) = machine.next(at: .seconds(60))
        #expect(effects == [.doubted])
        guard case .read = step else { return #expect(Bool(false)) }
        let other = LeaseRecord.Holder(node: "b", directory: "b")
        let record = LeaseRecord(holder: other, epoch: 2, lease: .seconds(15), position: position("8"))
        #expect(machine.end(.found(record, revision: 12), at: .seconds(60)) == [.lost(to: other, epoch: 2)])
        #expect(machine.role == .standby)
        guard case .wait = machine.next(at: .seconds(60)).0 else { return #expect(Bool(false)) }
    }

    @Test(
        "a standby takes over when the revision has stood still for the lease and a second, from the record's position")
    func standby() {
        var machine = machine("b")
        let other = LeaseRecord.Holder(node: "a", directory: "a")
        // The holder's lease is longer than our own.
        let record = LeaseRecord(holder: other, epoch: 4, lease: .seconds(20), position: position("8"))
        var now = Duration.seconds(100)
        var claimed: LeaseRecord?
        var revision: UInt64 = 30
        while claimed == nil, now < .seconds(200) {
            switch machine.next(at: now).0 {
            case .wait(let until): now = until
            case .read:
                // It is renewed until 103.
                if now <= .seconds(103) { revision += 1 }
                _ = machine.end(.found(record, revision: revision), at: now)
            case .write(let record, let expected, _):
                #expect(expected == revision)
                claimed = record
            case .end: return #expect(Bool(false))
            }
        }
        #expect(now == .seconds(124) && claimed?.epoch == 5 && claimed?.position == position("8"))
        #expect(machine.end(.stored(revision: 99), at: now) == [.taken(epoch: 5, from: position("8"))])
        #expect(machine.tenure == 5)
    }

    @Test("what was given up is taken at once by another one, and not by who gave it up")
    func givenUp() {
        var machine = holder()
        machine.note(position("6"), tenure: 1)
        machine.giveUp(at: .milliseconds(300))
        guard case .write(let record, 7, _) = machine.next(at: .milliseconds(300)).0 else {
            return #expect(Bool(false))
        }
        #expect(record.holder == nil && record.position == position("6"))
        #expect(machine.end(.stored(revision: 8), at: .milliseconds(310)) == [.released(epoch: 1)])
        _ = machine.next(at: .seconds(2))
        _ = machine.end(.found(record, revision: 8), at: .seconds(2))
        guard case .wait = machine.next(at: .seconds(2)).0 else { return #expect(Bool(false)) }
        // Nobody wants it.
        _ = machine.next(at: .seconds(17))
        _ = machine.end(.found(record, revision: 8), at: .seconds(17))
        guard case .write(let again, 8, _) = machine.next(at: .seconds(17)).0 else { return #expect(Bool(false)) }
        #expect(again.epoch == 2)

        var other = self.machine("b")
        _ = other.next(at: .zero)
        _ = other.end(.found(record, revision: 8), at: .zero)
        guard case .write(let taken, 8, _) = other.next(at: .zero).0 else { return #expect(Bool(false)) }
        #expect(taken.epoch == 2 && taken.position == position("6") && taken.holder?.node == "b")
    }

    @Test("a renewal of which nobody knows the end is found by looking")
    func unknownEnd() {
        var machine = holder()
        _ = machine.next(at: .seconds(1))
        #expect(machine.end(.failed("the broker did not answer in time"), at: .seconds(3)).isEmpty)
        #expect(machine.trouble == "the broker did not answer in time")
        guard case .read = machine.next(at: .seconds(3)).0 else { return #expect(Bool(false)) }
        let mine = LeaseRecord(
            holder: LeaseRecord.Holder(node: "a", directory: "a"), epoch: 1, lease: .seconds(15))
        #expect(machine.end(.found(mine, revision: 8), at: .seconds(3)).isEmpty && machine.trouble == nil)
        guard case .write(_, 8, _) = machine.next(at: .seconds(3)).0 else { return #expect(Bool(false)) }
    }

    @Test("a record that somebody deleted is nobody's only when its holder has had his time")
    func deleted() {
        var machine = machine("b")
        _ = machine.next(at: .zero)
        _ = machine.end(.found(nil, revision: 40), at: .zero)
        var now = Duration.zero
        while case .wait(let until) = machine.next(at: now).0 {
            now = until
            guard case .read = machine.next(at: now).0 else { break }
            _ = machine.end(.found(nil, revision: 40), at: now)
        }
        #expect(now == .seconds(16))
    }

    @Test("a record is read as it was written, whatever bytes its ids have; what is none is none")
    func records() {
        let run = OpenRun(lastEventID: ByteBuffer(bytes: [0xFF]), events: ByteBuffer(bytes: 0...200))
        for id in [ByteBuffer(), ByteBuffer(string: "ä\"\n"), ByteBuffer(bytes: [0xC3, 0x28])] {
            for holder in [nil, LeaseRecord.Holder(node: "n", directory: "d")] {
                for position in [nil, LeasedPosition(location: "l", source: "s", lastEventID: id, openRun: run)] {
                    let record = LeaseRecord(holder: holder, epoch: 3, lease: .seconds(15), position: position)
                    #expect(LeaseRecord(reading: record.bytes) == record)
                }
            }
        }
        for text in ["", "{}", "[]", #"{"epoch":18446744073709551615,"lease_ms":1}"#, #"{"epoch":1,"lease_ms":-1}"#] {
            #expect(LeaseRecord(reading: Array(text.utf8)) == nil, "\(text)")
        }
    }
}
