import NIOCore
import TestKit
import Testing

@testable import Cluster

/// Nodes over one record, with clocks of their own, requests that are lost, late or carried out unseen, nodes that freeze, are cut off, die,
/// stop and come back. All from a seed.
struct LeaseWorld {
    private enum Request {
        case read
        case write(LeaseRecord, ifRevision: UInt64)
    }

    private enum Event {
        case wake(Int, life: Int)
        case arrives(Int, life: Int, number: Int, Request)
        case answered(Int, life: Int, number: Int, LeaseMachine.Reply)
        case works(Int)
        case fault
    }

    private struct Node {
        var machine: LeaseMachine
        var life = 0
        var isAlive = true
        var frozenUntil = 0
        var cutUntil = 0
        /// How far its clock is ahead, and how much it gains in a thousand milliseconds.
        let offset: Int
        let drift: Int
        /// The last event that it has settled.
        var position = 0
        var request = 0
        var isAsking = false

        func local(_ now: Int) -> Duration { .milliseconds(offset + now + now * drift / 1000) }

        func world(_ local: Duration) -> Int {
            let milliseconds = Int(local / .milliseconds(1)) - offset
            return milliseconds * 1000 / (1000 + drift) + 1
        }

        func mayPublish(_ now: Int) -> Bool {
            isAlive && machine.mayPublish(at: local(now))
        }
    }

    private var random: SeededGenerator
    private(set) var now = 0
    private var queue: [(at: Int, order: Int, event: Event)] = []
    private var order = 0
    private var nodes: [Node]
    private var record: LeaseRecord?
    private var revision: UInt64 = 0
    private var lastPosition = 0
    private(set) var takenOver = 0
    private(set) var regained = 0
    private(set) var faults = 0
    private var isCalm = false

    init(seed: UInt64, nodes count: Int) {
        var random = SeededGenerator(seed: seed)
        nodes = (0..<count).map { number in
            let me = LeaseRecord.Holder(node: "same", directory: "d\(number)")
            return Node(
                machine: LeaseMachine(LeaseMachine.Terms(me: me, lease: .seconds(15))),
                offset: Int.random(in: 0...100_000, using: &random), drift: Int.random(in: -20...20, using: &random))
        }
        self.random = random
        for node in 0..<count {
            put(.wake(node, life: 0), after: 0)
            put(.works(node), after: 10)
        }
        put(.fault, after: 5000)
    }

    private mutating func put(_ event: Event, after delay: Int) {
        order += 1
        queue.append((now + max(0, delay), order, event))
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    /// Runs with faults, then without, and checks all the while.
    mutating func run() {
        go(until: 400_000)
        isCalm = true
        for node in nodes.indices {
            nodes[node].frozenUntil = min(nodes[node].frozenUntil, now)
            nodes[node].cutUntil = min(nodes[node].cutUntil, now)
            if !nodes[node].isAlive { begin(node) }
        }
        go(until: now + 45_000)
        let holders = nodes.filter { $0.mayPublish(now) }
        #expect(holders.count == 1, "somebody holds it in the end")
    }

    private mutating func go(until end: Int) {
        while let next = queue.indices.min(by: { (queue[$0].at, queue[$0].order) < (queue[$1].at, queue[$1].order) }) {
            guard queue[next].at <= end else { break }
            let (at, _, event) = queue.remove(at: next)
            now = max(now, at)
            happen(event)
            let holders = nodes.count { $0.mayPublish(now) }
            guard holders <= 1 else {
                Issue.record("two may publish at \(now)")
                return
            }
        }
        now = end
    }

    private mutating func happen(_ event: Event) {
        switch event {
        case .wake(let node, let life):
            guard isLiving(node, life), !defers(node, event), !nodes[node].isAsking else { return }
            step(node)
        case .arrives(let node, let life, let number, let request):
            let reply = carryOut(request)
            guard !isCut(node) else { return }
            put(.answered(node, life: life, number: number, reply), after: latency())
        case .answered(let node, let life, let number, let reply):
            guard isLiving(node, life), nodes[node].isAsking, nodes[node].request == number, !defers(node, event) else {
                return
            }
            nodes[node].isAsking = false
            follow(nodes[node].machine.end(reply, at: nodes[node].local(now)), node)
            step(node)
        case .works(let node):
            put(.works(node), after: 200)
            guard nodes[node].frozenUntil <= now, nodes[node].mayPublish(now) else { return }
            nodes[node].position += 1
            nodes[node].machine.note(Self.position(nodes[node].position), tenure: nodes[node].machine.tenure)
        case .fault:
            if !isCalm { fault() }
            put(.fault, after: Int.random(in: 1000...15_000, using: &random))
        }
    }

    private func isLiving(_ node: Int, _ life: Int) -> Bool { nodes[node].isAlive && nodes[node].life == life }

    private func isCut(_ node: Int) -> Bool { nodes[node].cutUntil > now }

    /// Who is frozen does it when he wakes.
    private mutating func defers(_ node: Int, _ event: Event) -> Bool {
        guard nodes[node].frozenUntil > now else { return false }
        put(event, after: nodes[node].frozenUntil - now)
        return true
    }

    private mutating func latency() -> Int {
        isCalm || chance(95) ? Int.random(in: 1...60, using: &random) : Int.random(in: 60...6000, using: &random)
    }

    private mutating func step(_ node: Int) {
        let local = nodes[node].local(now)
        let (step, effects) = nodes[node].machine.next(at: local)
        follow(effects, node)
        let life = nodes[node].life
        let request: Request
        let limit: Duration
        switch step {
        case .wait(let until): return put(.wake(node, life: life), after: max(1, nodes[node].world(until) - now))
        case .end:
            // It stops, and begins anew later.
            nodes[node].isAlive = false
            return
        case .read(let within): (request, limit) = (.read, within)
        case .write(let record, let revision, let within):
            if nodes[node].machine.role == .holder {
                #expect(local < nodes[node].machine.deadline, "a renewal begins after the deadline")
            }
            (request, limit) = (.write(record, ifRevision: revision), within)
        }
        nodes[node].isAsking = true
        nodes[node].request += 1
        let number = nodes[node].request
        if !isCut(node), isCalm || !chance(3) {
            put(.arrives(node, life: life, number: number, request), after: latency())
        }
        put(
            .answered(node, life: life, number: number, .failed("late")),
            after: max(1, nodes[node].world(local + limit) - now))
    }

    private mutating func follow(_ effects: [LeaseMachine.Effect], _ node: Int) {
        for effect in effects {
            switch effect {
            case .taken(_, let position):
                takenOver += 1
                nodes[node].position = position.flatMap { Int(String(buffer: $0.lastEventID)) } ?? 0
            case .regained: regained += 1
            case .lost, .released, .doubted: break
            }
        }
    }

    private mutating func carryOut(_ request: Request) -> LeaseMachine.Reply {
        guard case .write(let record, let expected) = request else {
            return .found(self.record, revision: revision)
        }
        guard expected == revision else { return .conflict }
        let position = record.position.flatMap { Int(String(buffer: $0.lastEventID)) } ?? 0
        #expect(position >= lastPosition, "the position goes back")
        lastPosition = position
        if record.holder != self.record?.holder, record.holder != nil, let before = self.record {
            #expect(record.epoch > before.epoch, "the epochs grow")
        }
        self.record = record
        revision += 1
        return .stored(revision: revision)
    }

    private static func position(_ number: Int) -> LeasedPosition {
        LeasedPosition(location: "http://feed/", source: "s", lastEventID: ByteBuffer(string: "\(number)"))
    }

    private mutating func fault() {
        faults += 1
        let node = Int.random(in: nodes.indices, using: &random)
        let time = Int.random(in: 100...40_000, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: nodes[node].frozenUntil = now + time
        case 1: nodes[node].cutUntil = now + time
        case 2:
            if nodes[node].isAlive { nodes[node].isAlive = false } else { begin(node) }
        case 3 where nodes[node].isAlive:
            nodes[node].machine.leave(at: nodes[node].local(now))
            put(.wake(node, life: nodes[node].life), after: 0)
        case 4 where nodes[node].isAlive:
            nodes[node].machine.giveUp(at: nodes[node].local(now))
            put(.wake(node, life: nodes[node].life), after: 0)
        default:
            if !nodes[node].isAlive { begin(node) }
        }
    }

    /// It comes back, with its directory.
    private mutating func begin(_ node: Int) {
        nodes[node].machine = LeaseMachine(nodes[node].machine.terms)
        nodes[node].life += 1
        nodes[node].isAlive = true
        nodes[node].isAsking = false
        nodes[node].frozenUntil = 0
        put(.wake(node, life: nodes[node].life), after: 0)
    }
}
